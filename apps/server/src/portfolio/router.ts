import { router, userProcedure } from '../trpc.ts'
import { summarizePortfolio } from './summarize.ts'

export const portfolioRouter = router({
  summary: userProcedure.query(({ ctx }) => summarizePortfolio({ ctx })),
})
