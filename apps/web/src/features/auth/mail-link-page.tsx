import { Link } from '@tanstack/react-router'
import { useState } from 'react'
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
  done: { title: string; text: string }
  /** What to do with a link that opens nothing. */
  otherwise: string
  link: { isPending: boolean; isSuccess: boolean; error: unknown; mutate: (input: { token: string }) => void }
}

/** Where the link of a mail leads: a press uses it. Opening the page does not, since mail programs open links too. */
export function MailLinkPage({ title, lead, action, done, otherwise, link }: MailLinkPageProps) {
  const [token] = useState(() => linkToken(window.location, 'token'))
  const problem = link.error == null ? null : problemOf(link.error)
  if (link.isSuccess) {
    return (
      <>
        <AuthHeading title={done.title}>{done.text}</AuthHeading>
        <GoOn />
      </>
    )
  }
  return (
    <>
      <AuthHeading title={title}>{lead}</AuthHeading>
      <div className="grid gap-5">
        {problem && (
          <Notice tone="problem" live>
            {problem.message}
          </Notice>
        )}
        {!token && <Notice tone="warning">The link is incomplete: open it from the mail again.</Notice>}
        {!token || problem?.reason === 'LINK_REFUSED' ? (
          <>
            <p className="text-ink-soft text-sm">{otherwise}</p>
            <GoOn />
          </>
        ) : (
          <Button look="primary" busy={link.isPending} onClick={() => link.mutate({ token })}>
            {action}
          </Button>
        )}
      </div>
    </>
  )
}

function GoOn() {
  return (
    <Button asChild look="primary" className="w-full">
      <Link to="/">Go on to OpenTrade</Link>
    </Button>
  )
}
