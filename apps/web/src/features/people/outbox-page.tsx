import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { MailCheck, Mails } from 'lucide-react'
import { useState } from 'react'
import { AdminTabs } from '../../components/admin-tabs.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Skeleton } from '../../components/ui/skeleton.tsx'
import { When } from '../../components/when.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { OutboxLine } from '../../lib/types.ts'
import { MailText } from './mail-text.tsx'

/** Where the mails of an installation without a mail server wait for an administrator to pass them on. */
export function OutboxPage() {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <PageHeader
        title="Administration"
        part="Outbox"
        lead="Without a mail server, mails wait here for seven days. Their links open accounts: pass each on to whom it is for, and to nobody else."
      />
      <AdminTabs />
      <Waiting />
    </div>
  )
}

function Waiting() {
  const [open, setOpen] = useState<OutboxLine | null>(null)
  const list = useInfiniteQuery({
    queryKey: [...trpc.admin.outbox.list.pathKey(), 'pages'],
    queryFn: ({ pageParam }) => trpcClient.admin.outbox.list.query({ cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 0,
  })
  if (list.error) return <Notice tone="problem">{problemOf(list.error).message}</Notice>
  if (!list.data) return <Skeleton className="h-40" />
  const mails = list.data.pages.flatMap((page) => page.mails)
  if (list.data.pages[0]?.isUsed === false) {
    return (
      <EmptyState icon={MailCheck} title="Mails go out by themselves">
        A mail server is configured, so nothing waits here.
      </EmptyState>
    )
  }
  if (mails.length === 0) {
    return (
      <EmptyState icon={Mails} title="No mail is waiting">
        Links to confirm an address or to choose a new password will stand here.
      </EmptyState>
    )
  }
  return (
    <>
      <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
        {mails.map((mail) => (
          <li
            key={mail.mailId}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5"
          >
            <div className="grid min-w-0 flex-1 basis-56 gap-0.5">
              <span className="font-medium">{mail.subject}</span>
              <span className="break-all text-ink-faint">
                to {mail.to}, <When at={mail.createdAt} />
              </span>
            </div>
            <Button
              size="small"
              aria-label={`Read “${mail.subject}” to ${mail.to}`}
              onClick={() => setOpen(mail)}
            >
              Read
            </Button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button
          className="justify-self-center"
          busy={list.isFetchingNextPage}
          onClick={() => list.fetchNextPage()}
        >
          Show more
        </Button>
      )}
      {open && <MailDialog line={open} onClose={() => setOpen(null)} />}
    </>
  )
}

/** Reading is noted in two logs, so a mail is fetched once, when it is opened. */
function MailDialog({ line, onClose }: { line: OutboxLine; onClose: () => void }) {
  const mail = useQuery(
    trpc.admin.outbox.get.queryOptions(
      { mailId: line.mailId },
      { gcTime: 0, staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false },
    ),
  )
  return (
    <Dialog title={line.subject} onClose={onClose}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <p className="break-all text-ink-soft text-sm">
          To {line.to}. That you read it is noted in their log.
        </p>
        {mail.error && <Notice tone="problem">{problemOf(mail.error).message}</Notice>}
        {mail.isPending && <Skeleton className="h-40" />}
        {mail.data && <MailText text={mail.data.text} />}
        <Button className="justify-self-end" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}
