import { createFileRoute } from '@tanstack/react-router'
import { SecurityPage } from '../../../features/security/security-page.tsx'

export const Route = createFileRoute('/_app/settings/security')({
  loader: ({ context: { trpc, queryClient } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.secondFactors.list.queryOptions()),
      queryClient.ensureQueryData(trpc.auth.identityProviders.queryOptions()),
      queryClient.ensureQueryData(trpc.users.identities.queryOptions()),
      queryClient.ensureQueryData(trpc.apiTokens.list.queryOptions()),
    ]),
  component: Security,
})

function Security() {
  const { user } = Route.useRouteContext()
  return <SecurityPage user={user} />
}
