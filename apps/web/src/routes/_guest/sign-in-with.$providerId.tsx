import { createFileRoute } from '@tanstack/react-router'
import { IdentitySignInPage } from '../../features/auth/identity-sign-in-page.tsx'

export const Route = createFileRoute('/_guest/sign-in-with/$providerId')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.auth.identityProviders.queryOptions()),
  component: IdentitySignIn,
})

function IdentitySignIn() {
  const { providerId } = Route.useParams()
  const { next } = Route.useSearch()
  return <IdentitySignInPage providerId={providerId} next={next} />
}
