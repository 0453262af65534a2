import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { linkToken } from '../../lib/link-token.ts'
import { problemOf } from '../../lib/problem.ts'
import { AuthHeading } from './auth-heading.tsx'

interface MailLinkPageProps {
  title: string
  lead: string
  action: string
  /** What is said once the link has done its work. */
  done: { title: string; text: string; action: string }
  link: { isPending: boolean; isSuccess: boolean; error: unknown; mutate: (input: { token: string }) => void }
  children?: ReactNode
}

/** Where the link of a mail leads: a press uses it. Opening the page does not, since mail programs open links too. */
export function MailLinkPage({ title, lead, action, done, link, children }: MailLinkPageProps) {
  const [token] = useState(() => linkToken(window.location, 'token'))
  if (link.isSuccess) {
    return (
      <>
        <AuthHeading title={done.title}>{done.text}</AuthHeading>
        <Button asChild look="primary" className="w-full">
          <Link to="/">{done.action}</Link>
        </Button>
      </>
    )
  }
  return (
    <>
      <AuthHeading title={title}>{lead}</AuthHeading>
      <div className="grid gap-5">
        {link.error != null && (
          <Notice tone="problem" live>
            {problemOf(link.error).message}
          </Notice>
        )}
        {!token && <Notice tone="warning">The link is incomplete: open it from the mail again.</Notice>}
        {children}
        <Button look="primary" disabled={!token} busy={link.isPending} onClick={() => link.mutate({ token })}>
          {action}
        </Button>
      </div>
    </>
  )
}
