import { createFileRoute } from '@tanstack/react-router'
import { IdentityCallbackPage } from '../../features/auth/identity-callback-page.tsx'

export const Route = createFileRoute('/_link/sign-in-with/$providerId/callback')({
  component: IdentityCallback,
})

function IdentityCallback() {
  const { providerId } = Route.useParams()
  return <IdentityCallbackPage providerId={providerId} />
}
