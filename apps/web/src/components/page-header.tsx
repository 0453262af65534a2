import type { ReactNode } from 'react'
import { DocumentTitle } from './document-title.tsx'

interface PageHeaderProps {
  title: string
  /** Which of the pages under that title this is; it names the tab as well. */
  part?: string | undefined
  /** One or two sentences on what can be done here. */
  lead?: ReactNode
  actions?: ReactNode
}

/** A page's heading, which also names the tab and takes the focus after navigation. */
export function PageHeader({ title, part, lead, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <DocumentTitle>{part ? `${part} · ${title}` : title}</DocumentTitle>
      <div className="grid min-w-0 max-w-2xl gap-1">
        <h1 tabIndex={-1} className="font-semibold text-2xl tracking-tight">
          {title}
        </h1>
        {lead && <p className="text-ink-soft">{lead}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}
