import type { ReactNode } from 'react'
import { DocumentTitle } from '../../components/document-title.tsx'

/** The heading of a page for signing in or up, with the way to the other one. */
export function AuthHeading({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mb-8 grid gap-1.5">
      <DocumentTitle>{title}</DocumentTitle>
      <h1 tabIndex={-1} className="font-semibold text-2xl tracking-tight">
        {title}
      </h1>
      <p className="text-ink-soft text-sm">{children}</p>
    </div>
  )
}

/** Links within running text of these pages. */
export const TEXT_LINK = 'font-medium text-brand underline underline-offset-3 hover:text-brand-strong'
