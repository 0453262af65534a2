import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useEffect } from 'react'
import { renewSession, trpc } from './trpc.ts'

const RETRY_AFTER_MS = 5_000

/**
 * Listens for wallets that changed and reads anew what shows them. A stream that broke is opened again, with
 * a renewed session in case the old one had run out.
 */
export function useWalletEvents(): void {
  const queryClient = useQueryClient()
  const { status, reset } = useSubscription(
    trpc.wallets.onSync.subscriptionOptions(undefined, {
      onData: () => {
        queryClient.invalidateQueries(trpc.wallets.pathFilter())
        queryClient.invalidateQueries(trpc.portfolio.pathFilter())
        queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
      },
    }),
  )

  useEffect(() => {
    if (status !== 'error') return
    const timer = setTimeout(() => renewSession().then(reset), RETRY_AFTER_MS)
    return () => clearTimeout(timer)
  }, [status, reset])
}
