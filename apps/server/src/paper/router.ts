import { router, userProcedure } from '../trpc.ts'
import { openPaper } from './open.ts'

export const paperRouter = router({
  open: userProcedure
    .meta({
      summary: 'Opens an account at the paper exchange and connects it; once there is one, answers with it.',
      returns: '`{ apiKey, walletId }`, as `apiKeys.add` does.',
    })
    .mutation(({ ctx }) => openPaper({ ctx })),
})
