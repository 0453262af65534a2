import { createFileRoute } from '@tanstack/react-router'
import { PreferencesPage } from '../../../features/settings/preferences-page.tsx'

export const Route = createFileRoute('/_app/settings/')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.settings.get.queryOptions()),
  component: PreferencesPage,
})
