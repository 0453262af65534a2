import { adminProcedure, router, userProcedure } from '../trpc.ts'
import { describeExchange } from './describe.ts'
import { listExchanges } from './list.ts'
import { GetExchange, UpdateExchange } from './schemas.ts'
import { updateExchange } from './update.ts'

export const exchangeRouter = router({
  list: userProcedure.query(({ ctx }) => listExchanges({ ctx })),
  get: userProcedure.input(GetExchange).query(({ ctx, input }) => describeExchange({ ctx, input })),
  update: adminProcedure.input(UpdateExchange).mutation(({ ctx, input }) => updateExchange({ ctx, input })),
})
