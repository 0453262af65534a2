import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Monitor } from 'lucide-react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { When } from '../../components/when.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Session } from '../../lib/types.ts'

/** Where a person is signed in, and the way to end it. */
export function SessionsPage() {
  const { data: sessions } = useSuspenseQuery(trpc.sessions.list.queryOptions())
  const revokeOthers = useRevokeOthers()
  const hasOthers = sessions.some(({ current }) => !current)
  return (
    <Panel
      title="Where you are signed in"
      flush
      aside={
        hasOthers && (
          <Button size="small" busy={revokeOthers.isPending} onClick={() => revokeOthers.mutate()}>
            End all others
          </Button>
        )
      }
    >
      <ul className="divide-y divide-line border-line border-t">
        {sessions.map((session) => (
          <Row key={session.sessionId} session={session} />
        ))}
      </ul>
    </Panel>
  )
}

function Row({ session }: { session: Session }) {
  const { sessionId, current, device, ip, userAgent, keepSignedIn, createdAt, lastUsedAt, expiresAt } =
    session
  const queryClient = useQueryClient()
  const revoke = useMutation(
    trpc.sessions.revoke.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.sessions.pathFilter())
        toastSuccess(`The session of ${device} has ended.`)
      },
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <Monitor aria-hidden className="size-5 shrink-0 text-ink-faint" />
      <div className="grid min-w-0 flex-1 basis-44 gap-0.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium" title={userAgent ?? undefined}>
            {device}
          </span>
          {current && <Badge tone="good">this one</Badge>}
          {keepSignedIn && <Badge tone="neutral">kept signed in</Badge>}
        </p>
        <p className="text-ink-soft">
          {ip ? `From ${ip}, ` : ''}last used <When at={lastUsedAt} />
        </p>
        <p className="text-ink-faint">
          Signed in <When at={createdAt} />, ends <When at={expiresAt} /> if it is not used
        </p>
      </div>
      {!current && (
        <Button
          size="small"
          aria-label={`End the session of ${device}`}
          busy={revoke.isPending}
          onClick={() => revoke.mutate({ sessionId })}
        >
          End
        </Button>
      )}
    </li>
  )
}

function useRevokeOthers() {
  const queryClient = useQueryClient()
  return useMutation(
    trpc.sessions.revokeOthers.mutationOptions({
      onSuccess: async ({ revoked }) => {
        await queryClient.invalidateQueries(trpc.sessions.pathFilter())
        toastSuccess(revoked === 1 ? 'One session has ended.' : `${revoked} sessions have ended.`)
      },
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
}
