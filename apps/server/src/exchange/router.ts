import { adminStepUpProcedure, router, userProcedure } from '../trpc.ts'
import { describeExchange } from './describe.ts'
import { listExchanges } from './list.ts'
import { GetExchange, UpdateExchange } from './schemas.ts'
import { updateExchange } from './update.ts'

export const exchangeRouter = router({
  list: userProcedure
    .meta({
      summary: 'Every exchange that can be connected: the paper exchange first, then by name.',
      returns:
        '`[{ exchangeId, exchangeName, requiredCredentials: [{ name, label, secret, multiline, hint? }], website, docs, keysUrl, isActive }]`.',
    })
    .query(({ ctx }) => listExchanges({ ctx })),
  get: userProcedure
    .meta({
      summary: 'One exchange; an administrator also sees its hosts.',
      returns: 'an element of `exchanges.list`; for administrators with `apiBaseUrl` and `wsBaseUrl`.',
    })
    .input(GetExchange)
    .query(({ ctx, input }) => describeExchange({ ctx, input })),
  update: adminStepUpProcedure
    .meta({
      summary:
        'Changes where an exchange is reached and whether keys can be added. What is left out stays; a URL of null is the exchange’s own.',
      returns: 'the exchange, as `exchanges.get`.',
    })
    .input(UpdateExchange)
    .mutation(({ ctx, input }) => updateExchange({ ctx, input })),
})
