import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: LucideIcon
  title: string
  children: ReactNode
  actions?: ReactNode
  /** The state is the whole page, so that its title is the page's heading. */
  asPage?: boolean
}

/** What stands where nothing is yet: why, and the way on. */
export function EmptyState({ icon: Icon, title, children, actions, asPage }: EmptyStateProps) {
  return (
    <div className="grid justify-items-center gap-3 px-6 py-12 text-center">
      <span className="grid size-12 place-items-center rounded-full bg-brand-soft text-brand">
        <Icon aria-hidden className="size-6" />
      </span>
      {asPage ? (
        <h1 tabIndex={-1} className="font-semibold text-2xl tracking-tight">
          {title}
        </h1>
      ) : (
        <p className="font-semibold text-lg">{title}</p>
      )}
      <div className="max-w-md text-ink-soft">{children}</div>
      {actions && <div className="mt-2 flex flex-wrap justify-center gap-3">{actions}</div>}
    </div>
  )
}
