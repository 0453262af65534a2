import { Outlet } from '@tanstack/react-router'
import { KeyRound, Landmark, ScanSearch } from 'lucide-react'
import type { ReactNode } from 'react'
import { Mark, Wordmark } from '../../components/brand.tsx'
import { InsecureAddress } from './insecure-address.tsx'

const POINTS = [
  {
    icon: Landmark,
    title: 'Every balance',
    text: 'Over a hundred exchanges, every account type, one total.',
  },
  {
    icon: KeyRound,
    title: 'Keys under seal',
    text: 'Encrypted before they are stored; never shown, not even to you.',
  },
  {
    icon: ScanSearch,
    title: 'Numbers you can trace',
    text: 'Each value names its price, where it came from and when.',
  },
]

/** The pages for people who are not signed in. */
export function GuestLayout() {
  return <GuestFrame>{window.isSecureContext ? <Outlet /> : <InsecureAddress />}</GuestFrame>
}

/** What stands around each of them. */
export function GuestFrame({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <aside className="relative hidden flex-col justify-between overflow-hidden bg-rail p-12 text-rail-ink lg:flex">
        <Wordmark />
        <Mark className="-right-40 -bottom-32 absolute size-[36rem] text-rail-raised opacity-70 [&_path]:stroke-current" />
        <div className="relative grid max-w-md gap-8">
          <p className="text-balance font-medium text-4xl leading-tight tracking-tight">
            What you hold, on every exchange, in one ledger of your own.
          </p>
          <ul className="grid gap-5">
            {POINTS.map(({ icon: Icon, title, text }) => (
              <li key={title} className="flex gap-4">
                <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-[#5fcab2]" />
                <div>
                  <p className="font-medium">{title}</p>
                  <p className="text-rail-soft text-sm">{text}</p>
                </div>
              </li>
            ))}
          </ul>
        </div>
        <p className="relative text-rail-soft text-sm">Self-hosted. Your server, your database, your keys.</p>
      </aside>
      <main id="main" className="flex flex-col items-center justify-center px-5 py-10 sm:px-10">
        <div className="w-full max-w-sm">
          <Wordmark className="mb-10 text-ink lg:hidden" />
          {children}
        </div>
      </main>
    </div>
  )
}
