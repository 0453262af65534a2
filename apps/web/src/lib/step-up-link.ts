import { type AppRouter, hasReason } from '@opentrade/client'
import type { TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'

/**
 * A link that meets a mutation's answer `STEP_UP_REQUIRED` by asking the person who they are, and then repeats the
 * call once. To the form that made the call it only took longer; what was typed there stays.
 * @param ask resolves to whether the person has shown who they are
 */
export function stepUpLink(ask: () => Promise<boolean>): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let repeated = op.type !== 'mutation'
        let active = send()

        function send() {
          return next(op).subscribe({
            next: (value) => observer.next(value),
            complete: () => observer.complete(),
            error: (error) => {
              if (repeated || !hasReason(error, 'STEP_UP_REQUIRED')) return observer.error(error)
              repeated = true
              ask().then((isConfirmed) => {
                if (isConfirmed) active = send()
                else observer.error(error)
              })
            },
          })
        }

        return () => active.unsubscribe()
      })
}
