import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useEffect } from 'react'
import { renewSession, trpc } from './trpc.ts'

const RETRY_AFTER_MS = 2_000

/** The stream of live updates. */
export interface WalletEvents {
  isOpen: boolean
  /** Opens it anew. */
  reset: () => void
}

/**
 * Listens for wallets that changed and reads anew what shows them. A stream that broke or was ended by the server
 * is opened again, with a renewed session in case the old one had run out.
 */
export function useWalletEvents(): WalletEvents {
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
  const isOver = status === 'error' || status === 'idle'

  useEffect(() => {
    if (!isOver) return
    const timer = setTimeout(() => renewSession().then(reset), RETRY_AFTER_MS)
    return () => clearTimeout(timer)
  }, [isOver, reset])

  return { isOpen: status === 'pending', reset }
}
