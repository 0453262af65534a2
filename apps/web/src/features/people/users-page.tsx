import { useInfiniteQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { AdminTabs } from '../../components/admin-tabs.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Skeleton } from '../../components/ui/skeleton.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { UserActionDialog, type UserActionOpen } from './user-action-dialog.tsx'
import { UserRow } from './user-row.tsx'

/** Where an administrator finds people and looks after their accounts. */
export function UsersPage({ me }: { me: User }) {
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<UserActionOpen | null>(null)
  const wanted = useDeferredValue(search.trim())
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <PageHeader
        title="Administration"
        part="Users"
        lead="Who has an account here. Nobody but themselves sees what is in it."
      />
      <AdminTabs />
      <div className="max-w-md">
        <TextField
          label="Search"
          type="search"
          placeholder="A part of an address or a name"
          value={search}
          onValue={setSearch}
        />
      </div>
      <Found search={wanted} me={me} onOpen={setOpen} />
      {open && <UserActionDialog {...open} onClose={() => setOpen(null)} />}
    </div>
  )
}

interface FoundProps {
  search: string
  me: User
  onOpen: (open: UserActionOpen) => void
}

function Found({ search, me, onOpen }: FoundProps) {
  const list = useInfiniteQuery({
    queryKey: [...trpc.admin.users.list.pathKey(), search],
    queryFn: ({ pageParam }) =>
      trpcClient.admin.users.list.query({ search: search || undefined, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  })
  if (list.error) return <Notice tone="problem">{problemOf(list.error).message}</Notice>
  if (!list.data) return <Skeleton className="h-40" />
  const users = list.data.pages.flatMap((page) => page.users)
  if (users.length === 0) {
    return (
      <p className="flex items-center gap-2 text-ink-soft">
        <Search aria-hidden className="size-4" /> Nobody here is called “{search}”.
      </p>
    )
  }
  return (
    <>
      <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
        {users.map((user) => (
          <UserRow key={user.userId} user={user} isMe={user.userId === me.userId} onOpen={onOpen} />
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
    </>
  )
}
