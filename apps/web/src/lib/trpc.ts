import { type AppRouter, apiErrorOf } from '@opentrade/client'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { sessionLink, singleFlight } from './session-link.ts'
import { noteSessionLoss } from './session-loss.ts'
import { askStepUp } from './step-up.ts'
import { stepUpLink } from './step-up-link.ts'

/** The server takes at most this many calls in one request. */
const MAX_BATCH = 10
const FRESH_FOR_MS = 15_000

const url = '/trpc'

/** The API without a cache: for what takes several calls in a row. */
export const trpcClient = createTRPCClient<AppRouter>({
  links: [
    stepUpLink(askStepUp),
    sessionLink(() => renewSession()),
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url }),
      false: httpBatchLink({ url, maxItems: MAX_BATCH }),
    }),
  ],
})

/** What the browser holds of the server's state. One per page. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: endSessionOn401 }),
  mutationCache: new MutationCache({ onError: endSessionOn401 }),
  defaultOptions: {
    queries: {
      // The server may be on this very machine or network: whether the browser thinks it is online says nothing.
      networkMode: 'always',
      staleTime: FRESH_FOR_MS,
      // A refusal stays one however often it is asked; only a server that did not answer is worth another try.
      retry: (failures, error) => failures < 2 && isPassing(error),
    },
    mutations: { networkMode: 'always' },
  },
})

/** The typed API: `trpc.wallets.list.queryOptions()`. */
export const trpc = createTRPCOptionsProxy<AppRouter>({ client: trpcClient, queryClient })

/**
 * Asks for a new session by the refresh cookie, once however many ask at the same time; of whoever is signed out or
 * signing out, it asks nothing.
 * @returns whether there is a session now
 */
export const renewSession = singleFlight(async () => {
  if (isSignedOut()) return false
  try {
    const { user } = await trpcClient.auth.refresh.mutate()
    queryClient.setQueryData(trpc.auth.me.queryKey(), { user })
    return true
  } catch (error) {
    // The call that met the 401 fails with its own error.
    if (error instanceof Error) endSessionOn401(error)
    return false
  }
})

function isSignedOut(): boolean {
  // Streams and calls under way end with the session before the answer to `logout` is here.
  if (queryClient.isMutating({ mutationKey: trpc.auth.logout.mutationKey() }) > 0) return true
  return queryClient.getQueryData(trpc.auth.me.queryKey())?.user === null
}

function endSessionOn401(error: Error): void {
  const problem = apiErrorOf(error)
  // An account elsewhere that is refused ends no session here.
  if (problem?.httpStatus !== 401 || problem.reason === 'IDENTITY_REFUSED') return
  if (!queryClient.getQueryData(trpc.auth.me.queryKey())?.user) return
  queryClient.setQueryData(trpc.auth.me.queryKey(), { user: null })
  noteSessionLoss()
}

function isPassing(error: Error): boolean {
  const status = apiErrorOf(error)?.httpStatus
  return status === undefined || status === 0 || status >= 500
}
