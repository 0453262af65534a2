import { createFileRoute } from '@tanstack/react-router'
import { UsersPage } from '../../../features/people/users-page.tsx'

export const Route = createFileRoute('/_app/admin/users')({ component: Users })

function Users() {
  const { user } = Route.useRouteContext()
  return <UsersPage me={user} />
}
