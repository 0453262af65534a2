import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import {
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  PlugZap,
  ScrollText,
  ServerCog,
  SlidersHorizontal,
} from 'lucide-react'
import { trpc } from '../lib/trpc.ts'
import type { User } from '../lib/types.ts'
import { walletName } from '../lib/wallet-name.ts'
import { Usd } from './figures.tsx'

interface Page {
  to: LinkProps['to']
  label: string
  short: string
  icon: LucideIcon
}

const PAGES: Page[] = [
  { to: '/', label: 'Dashboard', short: 'Dashboard', icon: LayoutDashboard },
  { to: '/connect', label: 'Connect an exchange', short: 'Connect', icon: PlugZap },
  { to: '/keys', label: 'API keys', short: 'API keys', icon: KeyRound },
  { to: '/activity', label: 'Activity', short: 'Activity', icon: ScrollText },
  { to: '/settings', label: 'Settings', short: 'Settings', icon: SlidersHorizontal },
]

const ADMIN_PAGE: Page = { to: '/admin', label: 'Administration', short: 'Admin', icon: ServerCog }

/** The rail beside the page: its sections, and every wallet with what it holds. */
export function RailNavigation({ user }: { user: User }) {
  const { data: summary } = useQuery(trpc.portfolio.summary.queryOptions())
  return (
    <nav aria-label="Main" className="grid grid-cols-[minmax(0,1fr)] gap-6">
      <ul className="grid gap-0.5">
        {(user.role === 'admin' ? [...PAGES, ADMIN_PAGE] : PAGES).map(({ to, label, icon: Icon }) => (
          <li key={label}>
            <Link
              to={to}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              className="flex items-center gap-3 rounded-md px-2.5 py-2 font-medium text-rail-soft text-sm hover:bg-rail-raised hover:text-rail-ink aria-[current=page]:bg-rail-raised aria-[current=page]:text-rail-ink aria-[current=page]:[&>svg]:text-[#5fcab2]"
            >
              <Icon aria-hidden className="size-4.5" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
      {summary && summary.wallets.length > 0 && (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
          <p className="px-2.5 font-medium text-rail-soft text-xs">Wallets</p>
          <ul className="grid grid-cols-[minmax(0,1fr)] gap-0.5">
            {summary.wallets.map((wallet) => (
              <li key={wallet.walletId}>
                <Link
                  to="/wallets/$walletId"
                  params={{ walletId: wallet.walletId }}
                  activeOptions={{ includeSearch: false }}
                  className="flex items-baseline justify-between gap-2 rounded-md px-2.5 py-1.5 text-rail-soft text-sm hover:bg-rail-raised hover:text-rail-ink aria-[current=page]:bg-rail-raised aria-[current=page]:text-rail-ink"
                >
                  <span className="truncate" title={walletName(wallet)}>
                    {walletName(wallet)}
                  </span>
                  <Usd value={wallet.totalUsdValue} className="shrink-0 text-xs" />
                </Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </nav>
  )
}

/** The bar at the foot of a phone. */
export function TabNavigation() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 border-line border-t bg-panel pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      <ul className="grid grid-cols-5">
        {PAGES.map(({ to, short, label, icon: Icon }) => (
          <li key={label}>
            <Link
              to={to}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              className="-outline-offset-2 flex h-16 flex-col items-center justify-center gap-1 text-ink-faint text-xs aria-[current=page]:font-medium aria-[current=page]:text-brand"
            >
              <Icon aria-hidden className="size-5" />
              {short}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
