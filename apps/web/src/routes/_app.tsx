import { createFileRoute, redirect } from '@tanstack/react-router'
import { AppShell } from '../components/app-shell.tsx'
import { StandaloneErrorPage } from '../components/error-page.tsx'
import { currentUser } from '../lib/session.ts'

export const Route = createFileRoute('/_app')({
  beforeLoad: async ({ context, location }) => {
    const user = await currentUser(context.queryClient)
    if (user) return { user }
    const next = location.href === '/' ? undefined : location.href
    throw redirect({ to: '/sign-in', search: { next } })
  },
  loader: async ({ context: { trpc, queryClient } }) => {
    await queryClient.ensureQueryData(trpc.settings.get.queryOptions())
  },
  component: App,
  errorComponent: StandaloneErrorPage,
})

function App() {
  const { user } = Route.useRouteContext()
  return <AppShell user={user} />
}
