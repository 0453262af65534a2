import { createFileRoute } from '@tanstack/react-router'
import { DEFAULT_RANGE } from '../../components/history/ranges.ts'
import { DashboardPage } from '../../features/dashboard/dashboard-page.tsx'
import { rangeSearch } from '../../lib/search.ts'

export const Route = createFileRoute('/_app/')({
  validateSearch: rangeSearch,
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.portfolio.summary.queryOptions()),
  component: Dashboard,
})

function Dashboard() {
  const { range = DEFAULT_RANGE } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <DashboardPage
      range={range}
      onRange={(next) => navigate({ search: { range: next }, replace: true, resetScroll: false })}
    />
  )
}
