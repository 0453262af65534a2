import { type ReactNode, useId } from 'react'
import { classNames } from '../../lib/class-names.ts'

interface PanelProps {
  title: string
  /** Stands at the right of the title. */
  aside?: ReactNode
  children: ReactNode
  className?: string
  /** Leaves the body without padding, for tables and lists that reach the edges. */
  flush?: boolean
}

/** A titled sheet of the page. */
export function Panel({ title, aside, children, className, flush }: PanelProps) {
  const titleId = useId()
  return (
    <section
      aria-labelledby={titleId}
      className={classNames('min-w-0 rounded-lg border border-line bg-panel', className)}
    >
      <div className="flex min-h-13 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-3 pb-2 sm:px-5">
        <h2 id={titleId} className="font-semibold text-[0.9375rem]">
          {title}
        </h2>
        {aside}
      </div>
      <div className={flush ? undefined : 'px-4 pb-4 sm:px-5 sm:pb-5'}>{children}</div>
    </section>
  )
}
