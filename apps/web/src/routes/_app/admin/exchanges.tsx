import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod/mini'
import { ExchangeAdminPage } from '../../../features/exchange/exchange-admin-page.tsx'

export const Route = createFileRoute('/_app/admin/exchanges')({
  validateSearch: z.object({ q: z.optional(z.catch(z.string(), '')) }),
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.exchanges.list.queryOptions()),
  component: AdminExchanges,
})

function AdminExchanges() {
  const { q = '' } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ExchangeAdminPage
      query={q}
      onQuery={(next) => navigate({ search: { q: next || undefined }, replace: true, resetScroll: false })}
    />
  )
}
