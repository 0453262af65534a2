import { createFileRoute, redirect } from '@tanstack/react-router'
import { Activity, lazy, Suspense } from 'react'
import { AppShell } from '../components/app-shell.tsx'
import { StandaloneErrorPage } from '../components/error-page.tsx'
import { AppSkeleton } from '../components/frame-skeleton.tsx'
import { currentUser } from '../lib/session.ts'
import { useSessionLost } from '../lib/session-loss.ts'
import { useSessionNews } from '../lib/use-session-news.ts'

const SignInAgain = lazy(async () => ({
  default: (await import('../features/auth/sign-in-again.tsx')).SignInAgain,
}))

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
  pendingComponent: AppSkeleton,
  errorComponent: StandaloneErrorPage,
})

/** A page whose session ends is put out of sight and not away: what is typed there is still wanted. */
function App() {
  const { user } = Route.useRouteContext()
  const isLost = useSessionLost()
  useSessionNews(user)
  return (
    <>
      <Activity mode={isLost ? 'hidden' : 'visible'}>
        <AppShell user={user} />
      </Activity>
      {isLost && (
        <Suspense>
          <SignInAgain user={user} />
        </Suspense>
      )}
    </>
  )
}
