import { Link, type LinkProps, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

interface PageTabsProps {
  label: string
  pages: readonly { to: LinkProps['to']; label: string; exact?: boolean }[]
}

/** Pages of one part of the application, side by side. */
export function PageTabs({ label, pages }: PageTabsProps) {
  const tabs = useRef<HTMLElement>(null)
  const path = useLocation({ select: ({ pathname }) => pathname })
  // On a phone there are more than fit: the one of this page must not be among those cut off.
  useEffect(() => {
    const tab = tabs.current?.querySelector(`a[href="${CSS.escape(path)}"]`)
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [path])
  return (
    <nav ref={tabs} aria-label={label} className="overflow-x-auto border-line border-b">
      <ul className="flex gap-5">
        {pages.map((page) => (
          <li key={page.label}>
            <Link
              to={page.to}
              activeOptions={{ includeSearch: false, exact: page.exact ?? false }}
              className="-outline-offset-2 inline-block whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-ink-soft text-sm hover:text-ink aria-[current=page]:border-brand aria-[current=page]:text-ink"
            >
              {page.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
