import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod/mini'
import { ExchangeListPage } from '../../../features/exchange/exchange-list-page.tsx'

export const Route = createFileRoute('/_app/connect/')({
  validateSearch: z.object({ q: z.optional(z.catch(z.string(), '')) }),
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.exchanges.list.queryOptions()),
  component: Connect,
})

function Connect() {
  const { q = '' } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ExchangeListPage
      query={q}
      onQuery={(next) => navigate({ search: { q: next || undefined }, replace: true, resetScroll: false })}
    />
  )
}
