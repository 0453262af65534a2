import { Link, type LinkProps } from '@tanstack/react-router'

const PAGES: { to: LinkProps['to']; label: string }[] = [
  { to: '/admin/exchanges', label: 'Exchanges' },
  { to: '/admin/vault', label: 'Vault' },
]

/** The pages of the administration, side by side. */
export function AdminTabs() {
  return (
    <nav aria-label="Administration" className="border-line border-b">
      <ul className="-mb-px flex gap-5">
        {PAGES.map(({ to, label }) => (
          <li key={label}>
            <Link
              to={to}
              activeOptions={{ includeSearch: false }}
              className="inline-block border-transparent border-b-2 py-2 font-medium text-ink-soft text-sm hover:text-ink aria-[current=page]:border-brand aria-[current=page]:text-ink"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
