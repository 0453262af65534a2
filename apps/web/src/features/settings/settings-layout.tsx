import { Outlet, useLocation } from '@tanstack/react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { PageTabs } from '../../components/page-tabs.tsx'

const PAGES = [
  { to: '/settings', label: 'Preferences', exact: true },
  { to: '/settings/account', label: 'Account' },
  { to: '/settings/security', label: 'Security' },
  { to: '/settings/sessions', label: 'Sessions' },
  { to: '/settings/tokens', label: 'API tokens' },
] as const

/** The frame of the pages where a person looks after their account. */
export function SettingsLayout() {
  const path = useLocation({ select: ({ pathname }) => pathname })
  return (
    <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-5">
      <PageHeader title="Settings" part={PAGES.find(({ to }) => to === path)?.label} />
      <PageTabs label="Settings" pages={PAGES} />
      <Outlet />
    </div>
  )
}
