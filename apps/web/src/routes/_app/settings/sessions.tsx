import { createFileRoute } from '@tanstack/react-router'
import { SessionsPage } from '../../../features/access/sessions-page.tsx'

export const Route = createFileRoute('/_app/settings/sessions')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.sessions.list.queryOptions()),
  component: SessionsPage,
})
