import { useMutation, useQueryClient } from '@tanstack/react-query'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { WalletSummary } from '../../lib/types.ts'

/** True from the request of a sync to its end. */
export function isSyncing({ syncStatus }: Pick<WalletSummary, 'syncStatus'>): boolean {
  return syncStatus === 'queued' || syncStatus === 'running'
}

/** Asks for a sync of a wallet; the wallet itself tells how it goes. */
export function useSync(wallet: WalletSummary): { busy: boolean; start: () => void } {
  const queryClient = useQueryClient()
  const sync = useMutation(
    trpc.wallets.sync.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.wallets.pathFilter()),
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return {
    busy: sync.isPending || isSyncing(wallet),
    start: () => sync.mutate({ walletId: wallet.walletId }),
  }
}
