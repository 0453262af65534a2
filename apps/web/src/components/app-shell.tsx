import { useSuspenseQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { PreferencesProvider } from '../lib/preferences.tsx'
import { trpc } from '../lib/trpc.ts'
import type { User } from '../lib/types.ts'
import { useConnection } from '../lib/use-connection.ts'
import { AccountMenu } from './account-menu.tsx'
import { Wordmark } from './brand.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { RailNavigation, TabNavigation } from './navigation.tsx'
import { StepUpHost } from './step-up-host.tsx'

/** The frame around every page of a person who is signed in. */
export function AppShell({ user }: { user: User }) {
  const { data: settings } = useSuspenseQuery(trpc.settings.get.queryOptions())
  const connection = useConnection()
  return (
    <PreferencesProvider settings={settings}>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50 focus:rounded-md focus:bg-brand focus:px-4 focus:py-2 focus:text-on-brand"
      >
        Skip to the content
      </a>
      <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
        <div className="hidden border-rail-line border-r bg-rail text-rail-ink lg:block">
          <aside className="sticky top-0 flex h-dvh flex-col gap-6 px-3 py-5">
            <Link to="/" aria-label="OpenTrade, dashboard" className="rounded px-2 outline-offset-4">
              <Wordmark />
            </Link>
            <div className="min-h-0 flex-1 overflow-y-auto">
              <RailNavigation user={user} />
            </div>
            <div className="mt-auto grid">
              <AccountMenu user={user} look="rail" />
            </div>
          </aside>
        </div>
        <div className="flex min-h-dvh min-w-0 flex-col pb-20 lg:pb-0">
          <header className="sticky top-0 z-20 flex h-14 items-center justify-between bg-rail px-4 text-rail-ink lg:hidden">
            <Link to="/" aria-label="OpenTrade, dashboard" className="rounded">
              <Wordmark />
            </Link>
            <AccountMenu user={user} look="bar" />
          </header>
          <main
            id="main"
            tabIndex={-1}
            className="mx-auto w-full max-w-[92rem] flex-1 px-4 py-6 sm:px-6 lg:px-8 lg:py-8"
          >
            {connection.isLost && <ConnectionBanner onRetry={connection.retry} />}
            <Outlet />
          </main>
        </div>
      </div>
      <TabNavigation />
      <StepUpHost user={user} />
    </PreferencesProvider>
  )
}
