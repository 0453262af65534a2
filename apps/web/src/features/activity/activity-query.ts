import { trpc } from '../../lib/trpc.ts'
import { type ActKind, filterOf, type Period } from './activity-search.ts'

const PAGE = 50

/** The log in pages, the newest first: for the route's loader and the page alike. */
export function activityQuery({ kind, period }: { kind: ActKind; period: Period }) {
  return trpc.audit.list.infiniteQueryOptions(
    { ...filterOf({ kind, period, now: new Date() }), limit: PAGE },
    { getNextPageParam: (page) => page.next ?? undefined },
  )
}
