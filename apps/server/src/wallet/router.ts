import { router, userProcedure } from '../trpc.ts'
import { getWallet } from './get.ts'
import { listWallets } from './list.ts'
import { readWalletHistory } from './read-history.ts'
import { requestSync } from './request-sync.ts'
import { ReadHistory, WalletReference, WatchSyncs } from './schemas.ts'
import { watchSyncs } from './watch-syncs.ts'

export const walletRouter = router({
  list: userProcedure.query(({ ctx }) => listWallets({ ctx })),
  get: userProcedure.input(WalletReference).query(({ ctx, input }) => getWallet({ ctx, input })),
  sync: userProcedure.input(WalletReference).mutation(({ ctx, input }) => requestSync({ ctx, input })),
  history: userProcedure.input(ReadHistory).query(({ ctx, input }) => readWalletHistory({ ctx, input })),
  onSync: userProcedure
    .input(WatchSyncs)
    .subscription(({ ctx, input, signal }) => watchSyncs({ ctx, input, signal })),
})
