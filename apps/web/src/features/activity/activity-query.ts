import { infiniteQueryOptions } from '@tanstack/react-query'
import { trpc } from '../../lib/trpc.ts'
import { type ActKind, filterOf, type Period } from './activity-search.ts'

const PAGE = 50

/** The log in pages, the newest first. The cursor is the number of the entry that the page before ended with. */
export function activityQuery({ kind, period }: { kind: ActKind; period: Period }) {
  const filter = { ...filterOf({ kind, period, now: new Date() }), limit: PAGE }
  return infiniteQueryOptions({
    queryKey: [...trpc.audit.list.queryKey(filter), 'pages'],
    queryFn: ({ pageParam: cursor, client }) =>
      client.fetchQuery({
        ...trpc.audit.list.queryOptions({ ...filter, ...(cursor && { cursor }) }, { gcTime: 0 }),
        staleTime: 0,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  })
}
