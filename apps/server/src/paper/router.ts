import { router, userProcedure } from '../trpc.ts'
import { openPaper } from './open.ts'

export const paperRouter = router({
  open: userProcedure.mutation(({ ctx }) => openPaper({ ctx })),
})
