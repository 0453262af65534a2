import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useWalletEvents } from './use-wallet-events.ts'

/** A stream that breaks is often back at once: only one that stays away is worth a question. */
const QUIET_FOR_MS = 4_000
const ASK_EVERY_MS = 5_000

/** Whether the server answers. */
export interface Connection {
  isLost: boolean
  retry: () => void
}

/**
 * Keeps the page live, and says when the server does not answer. A stream that is away is not enough to say so, since
 * some proxies hold streams back: then the server is asked. Once it is back, what the page shows is read anew.
 */
export function useConnection(): Connection {
  const queryClient = useQueryClient()
  const router = useRouter()
  const { isOpen, reset } = useWalletEvents()
  const isQuiet = useLasting(!isOpen, QUIET_FOR_MS)
  const health = useQuery({
    queryKey: ['health'],
    queryFn: isServerThere,
    enabled: isQuiet,
    refetchInterval: ASK_EVERY_MS,
    ...{ staleTime: 0, gcTime: 0 },
  })
  const isLost = isQuiet && health.data === false

  useEffect(() => {
    if (!isLost) return
    return () => {
      queryClient.invalidateQueries()
      // A page that could not be shown meanwhile is tried again.
      router.invalidate()
    }
  }, [isLost, queryClient, router])

  return {
    isLost,
    retry: () => {
      health.refetch()
      reset()
    },
  }
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/healthz')).ok
  } catch {
    return false
  }
}

/** Whether something has been so for a while. */
function useLasting(isSo: boolean, forMs: number): boolean {
  const [hasLasted, setHasLasted] = useState(false)
  useEffect(() => {
    if (!isSo) return
    const timer = setTimeout(() => setHasLasted(true), forMs)
    return () => {
      clearTimeout(timer)
      setHasLasted(false)
    }
  }, [isSo, forMs])
  return hasLasted
}
