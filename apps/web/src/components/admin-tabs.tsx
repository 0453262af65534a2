import { PageTabs } from './page-tabs.tsx'

const PAGES = [
  { to: '/admin/users', label: 'Users' },
  { to: '/admin/sign-up', label: 'Sign-up' },
  { to: '/admin/exchanges', label: 'Exchanges' },
  { to: '/admin/vault', label: 'Vault' },
  { to: '/admin/outbox', label: 'Outbox' },
] as const

/** The pages of the administration, side by side. */
export function AdminTabs() {
  return <PageTabs label="Administration" pages={PAGES} />
}
