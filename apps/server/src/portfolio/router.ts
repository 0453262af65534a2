import { router, userProcedure } from '../trpc.ts'
import { summarizePortfolio } from './summarize.ts'

export const portfolioRouter = router({
  summary: userProcedure
    .meta({
      summary:
        'Everything on one page: worth, change over a day, allocation, wallets and what needs attention.',
      returns:
        '`{ totalUsdValue, unpricedAssets, change: { since, usdValue, percent } | null, allocation: [{ asset, total, usdValue, share, wallets }], wallets, attention: [{ kind, walletId?, apiKeyId?, message }], asOf }`.',
    })
    .query(({ ctx }) => summarizePortfolio({ ctx })),
})
