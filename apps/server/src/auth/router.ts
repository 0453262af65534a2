import { z } from 'zod'
import { publicProcedure, router } from '../trpc.ts'
import { identitySignIn } from './identity-procedures.ts'
import { logIn } from './login.ts'
import { logOut } from './logout.ts'
import { mailProcedures } from './mail-procedures.ts'
import { whoAmI } from './me.ts'
import { refreshSession } from './refresh.ts'
import { registerUser } from './register.ts'
import { Login, Register } from './schemas.ts'
import { secondFactorProcedures } from './second-factor-procedures.ts'

const Nothing = z.strictObject({}).optional()

export const authRouter = router({
  ...identitySignIn,
  ...mailProcedures,
  ...secondFactorProcedures,
  register: publicProcedure
    .meta({
      summary:
        'Makes an account and signs in: sets the cookies of a new session. The first account is the admin. With a mail server, all but the first are told to look for a mail, whether or not the address has an account. Refusals: `WEAK_PASSWORD`, `SETUP_CODE_REFUSED`, `SIGN_UP_CLOSED`, `INVITATION_REFUSED`, `REGISTRATION_REFUSED`.',
      returns: "{ user: User, next: null } | { user: null, next: 'check-mail' }",
    })
    .input(Register)
    .mutation(({ ctx, input }) => registerUser({ ctx, input })),
  login: publicProcedure
    .meta({
      summary:
        'Signs in: sets the cookies of a new session, or asks those who have a second factor for it first.',
      returns:
        "{ user: User } | { challenge: 'second-factor', challengeToken, methods: ('totp' | 'recovery' | 'passkey')[], passkeyOptions? }",
    })
    .input(Login)
    .mutation(({ ctx, input }) => logIn({ ctx, input })),
  refresh: publicProcedure
    .meta({
      summary: 'Continues a session by its refresh cookie: replaces both cookies.',
      returns: '{ user: User }',
    })
    .input(Nothing)
    .mutation(({ ctx }) => refreshSession({ ctx })),
  logout: publicProcedure
    .meta({ summary: 'Ends the session in every process and clears its cookies.', returns: '{ ok: true }' })
    .input(Nothing)
    .mutation(({ ctx }) => logOut({ ctx })),
  me: publicProcedure
    .meta({
      scope: 'any',
      summary:
        'Says who is signed in. Refused with SIGN_IN_REQUIRED when a refresh may bring a session back.',
      returns: '{ user: User | null }',
    })
    .input(Nothing)
    .query(({ ctx }) => whoAmI({ ctx })),
})
