import { createFileRoute } from '@tanstack/react-router'
import { ActivityPage } from '../../features/activity/activity-page.tsx'
import { activitySearch } from '../../features/activity/activity-search.ts'

export const Route = createFileRoute('/_app/activity')({
  validateSearch: activitySearch,
  component: Activity,
})

function Activity() {
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ActivityPage
      search={search}
      onSearch={(change) =>
        navigate({ search: (current) => ({ ...current, ...change }), replace: true, resetScroll: false })
      }
    />
  )
}
