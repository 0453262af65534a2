import { apiErrorOf } from '@opentrade/client'
import type { QueryClient } from '@tanstack/react-query'
import { announceSession } from './session-channel.ts'
import { forgetSessionLoss } from './session-loss.ts'
import { trpc } from './trpc.ts'
import type { User } from './types.ts'

/**
 * Who is signed in, or null. Asked of the server once per page load; a session that has run out is renewed
 * on the way.
 * @throws TRPCClientError when the server does not answer
 */
export async function currentUser(queryClient: QueryClient): Promise<User | null> {
  const me = trpc.auth.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY })
  try {
    return (await queryClient.ensureQueryData(me)).user
  } catch (error) {
    if (apiErrorOf(error)?.httpStatus !== 401) throw error
    queryClient.setQueryData(me.queryKey, { user: null })
    return null
  }
}

/** Puts the person who has just signed in in place and drops what was known of anyone before. */
export function beginSession(queryClient: QueryClient, user: User): void {
  queryClient.clear()
  queryClient.setQueryData(trpc.auth.me.queryKey(), { user })
  forgetSessionLoss()
  announceSession(user.userId)
}

/**
 * Goes on with the page of the person whose session had ended under it: what is typed there stays, and what it shows
 * is read anew. @returns what had the focus when the session ended
 */
export function resumeSession(queryClient: QueryClient, user: User): Element | null {
  queryClient.setQueryData(trpc.auth.me.queryKey(), { user })
  queryClient.invalidateQueries()
  return forgetSessionLoss()
}

/** Notes that nobody is signed in any more. What was read for the person goes with `forgetEverything`. */
export function endSession(queryClient: QueryClient): void {
  queryClient.setQueryData(trpc.auth.me.queryKey(), { user: null })
}

/** Drops everything that was read for the person who was signed in; called once their pages are left. */
export function forgetEverything(queryClient: QueryClient): void {
  queryClient.clear()
  endSession(queryClient)
  announceSession(null)
}
