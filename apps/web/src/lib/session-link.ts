import { type AppRouter, apiErrorOf } from '@opentrade/client'
import type { TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'

const UNAUTHENTICATED = 401
/** Calls to which 401 is the answer. */
const ANSWERED = new Set([
  'auth.register',
  'auth.login',
  'auth.loginSecondFactor',
  'auth.loginPasskey',
  'auth.loginIdentity',
  'auth.finishIdentity',
  'auth.refresh',
  'auth.logout',
  'users.linkIdentity',
])

/**
 * A link that meets an answer of 401 with one `refresh` and one repeat of the call. Calls that fail together
 * share one refresh. Calls that begin, renew or end a session pass untouched.
 * @param refresh resolves to whether there is a session again
 */
export function sessionLink(refresh: () => Promise<boolean>): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let repeated = ANSWERED.has(op.path) || op.type === 'subscription'
        let active = send()

        function send() {
          return next(op).subscribe({
            next: (value) => observer.next(value),
            complete: () => observer.complete(),
            error: (error) => {
              if (repeated || apiErrorOf(error)?.httpStatus !== UNAUTHENTICATED) return observer.error(error)
              repeated = true
              refresh().then((renewed) => {
                if (renewed) active = send()
                else observer.error(error)
              })
            },
          })
        }

        return () => active.unsubscribe()
      })
}

/** Wraps `run` so that calls made while one is under way share its outcome. */
export function singleFlight<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | null = null
  return () => {
    underWay ??= run().finally(() => {
      underWay = null
    })
    return underWay
  }
}
