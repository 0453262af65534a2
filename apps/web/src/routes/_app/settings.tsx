import { createFileRoute } from '@tanstack/react-router'
import { SettingsPage } from '../../features/settings/settings-page.tsx'

export const Route = createFileRoute('/_app/settings')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.settings.get.queryOptions()),
  component: Settings,
})

function Settings() {
  const { user } = Route.useRouteContext()
  return <SettingsPage user={user} />
}
