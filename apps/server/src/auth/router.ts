import { z } from 'zod'
import { publicProcedure, router } from '../trpc.ts'
import { logIn } from './login.ts'
import { logOut } from './logout.ts'
import { whoAmI } from './me.ts'
import { refreshSession } from './refresh.ts'
import { registerUser } from './register.ts'
import { Login, Register } from './schemas.ts'

const Nothing = z.strictObject({}).optional()

export const authRouter = router({
  register: publicProcedure.input(Register).mutation(({ ctx, input }) => registerUser({ ctx, input })),
  login: publicProcedure.input(Login).mutation(({ ctx, input }) => logIn({ ctx, input })),
  refresh: publicProcedure.input(Nothing).mutation(({ ctx }) => refreshSession({ ctx })),
  logout: publicProcedure.input(Nothing).mutation(({ ctx }) => logOut({ ctx })),
  me: publicProcedure.input(Nothing).query(({ ctx }) => whoAmI({ ctx })),
})
