import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { When } from '../../components/when.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Invitation } from '../../lib/types.ts'
import { useNow } from '../../lib/use-now.ts'
import { InviteDialog } from './invite-dialog.tsx'

/** The invitations to this installation. */
export function InvitationsPanel() {
  const { data: invitations } = useSuspenseQuery(trpc.admin.invitations.list.queryOptions())
  const [isInviting, setIsInviting] = useState(false)
  return (
    <Panel
      title="Invitations"
      flush
      aside={
        <Button size="small" onClick={() => setIsInviting(true)}>
          <Plus aria-hidden className="size-4" />
          Invite somebody
        </Button>
      }
    >
      {invitations.length === 0 ? (
        <p className="px-4 pb-4 text-ink-soft text-sm sm:px-5">Nobody has been invited yet.</p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {invitations.map((invitation) => (
            <Row key={invitation.invitationId} invitation={invitation} />
          ))}
        </ul>
      )}
      {isInviting && <InviteDialog onClose={() => setIsInviting(false)} />}
    </Panel>
  )
}

function Row({ invitation }: { invitation: Invitation }) {
  const now = useNow()
  const queryClient = useQueryClient()
  const remove = useMutation(
    trpc.admin.invitations.delete.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.admin.invitations.pathFilter()),
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  const { invitationId, email, createdAt, expiresAt, usedAt } = invitation
  const who = email ?? 'whoever has the link'
  const isOver = new Date(expiresAt) <= now
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <div className="grid min-w-0 flex-1 basis-56 gap-0.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="break-all font-medium">{who}</span>
          {usedAt && <Badge tone="good">used</Badge>}
          {!usedAt && isOver && <Badge tone="neutral">run out</Badge>}
        </p>
        <p className="text-ink-faint">
          Made <When at={createdAt} />,{' '}
          {usedAt ? (
            <>
              used <When at={usedAt} />
            </>
          ) : (
            <>
              {isOver ? 'ran out' : 'runs out'} <When at={expiresAt} />
            </>
          )}
        </p>
      </div>
      <Button
        size="small"
        aria-label={`Delete the invitation for ${who}`}
        busy={remove.isPending}
        onClick={() => remove.mutate({ invitationId })}
      >
        Delete
      </Button>
    </li>
  )
}
