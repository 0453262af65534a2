import { router, userProcedure } from '../trpc.ts'
import { getWallet } from './get.ts'
import { listWallets } from './list.ts'
import { readWalletHistory } from './read-history.ts'
import { requestSync } from './request-sync.ts'
import { ReadHistory, WalletReference, WatchSyncs } from './schemas.ts'
import { watchSyncs } from './watch-syncs.ts'

export const walletRouter = router({
  list: userProcedure
    .meta({
      summary: 'All wallets with their balances.',
      returns:
        '`[{ walletId, exchangeId, exchangeName, label, lastUpdated, totalUsdValue, unpricedAssets, syncStatus, syncStep, syncError, nextSyncAt, createdAt, updatedAt, balances: [{ accountType, asset, free, locked, total, usdValue, usdPrice, priceSource, pricedAt, suggestion?: { exchangeId, usdPrice, source, at } }] }]`; `usdValue` is null for what has no price, and `suggestion` is what another exchange says of an asset of that name, which counts nowhere.',
    })
    .query(({ ctx }) => listWallets({ ctx })),
  get: userProcedure
    .meta({ summary: 'One wallet with its balances.', returns: 'an element of `wallets.list`.' })
    .input(WalletReference)
    .query(({ ctx, input }) => getWallet({ ctx, input })),
  sync: userProcedure
    .meta({
      scope: 'read',
      summary: 'Asks for a sync of a wallet; one that is waiting or running already is joined.',
      returns: '`{ walletId, joined }`.',
    })
    .input(WalletReference)
    .mutation(({ ctx, input }) => requestSync({ ctx, input })),
  history: userProcedure
    .meta({
      summary: 'What one wallet, or all together, were worth over a range that ends now.',
      returns:
        '`{ points: [{ at, totalUsdValue, complete }] }`; an incomplete point carries the last complete value forward.',
    })
    .input(ReadHistory)
    .query(({ ctx, input }) => readWalletHistory({ ctx, input })),
  onSync: userProcedure
    .meta({
      summary: 'Tells the id of each wallet that changed, until the session ends.',
      returns: 'a stream of `{ walletId }`.',
    })
    .input(WatchSyncs)
    .subscription(({ ctx, input, signal }) => watchSyncs({ ctx, input, signal })),
})
