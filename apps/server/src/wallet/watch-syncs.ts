import { type TrackedEnvelope, tracked } from '@trpc/server'
import { isStillSignedIn } from '../auth/still-signed-in.ts'
import type { Actor, UserContext } from '../context.ts'
import type { AppEvent } from '../events.ts'
import type { WatchSyncs } from './schemas.ts'

/** What a write may take to be visible, and clocks may differ: told twice is harmless, missed is not. */
const OVERLAP_MS = 5_000

/**
 * Yields the id of each wallet of the person that changed, until the client goes or the session is revoked.
 * A client that comes back with the id of the last event it saw first hears of every wallet that changed
 * since, and so does one whose server lost touch with the database.
 */
export async function* watchSyncs({
  ctx,
  input,
  signal,
}: {
  ctx: UserContext
  input: WatchSyncs
  signal: AbortSignal | undefined
}): AsyncGenerator<TrackedEnvelope<{ walletId: string }>> {
  const { services, actor } = ctx
  const changed = new Set<string>()
  let ended = signal?.aborted ?? false
  let missedSince = timeOfEvent(input?.lastEventId)
  let mayHaveEnded = false
  let lastYield = services.now()
  let wake = () => {}
  const end = () => {
    ended = true
    wake()
  }
  const hear = (event: AppEvent) => {
    if (!('userId' in event) || event.userId !== actor.userId) return
    if (event.type === 'wallet') changed.add(event.walletId)
    else if (endsAccess({ event, actor })) ended = true
    wake()
  }
  const missSome = () => {
    missedSince ??= lastYield
    mayHaveEnded = true
    wake()
  }
  const unsubscribe = services.events.subscribe(hear, missSome)
  signal?.addEventListener('abort', end)
  try {
    while (!ended) {
      if (missedSince) {
        const since = missedSince
        missedSince = null
        // The news of a revocation may be among what was missed.
        if (mayHaveEnded && !(await isStillSignedIn(ctx))) return
        mayHaveEnded = false
        for (const walletId of await changedSince({ ctx, since })) changed.add(walletId)
      }
      for (const walletId of changed) {
        changed.delete(walletId)
        lastYield = services.now()
        yield tracked(lastYield.toISOString(), { walletId })
        if (ended) return
      }
      if (ended || missedSince || changed.size > 0) continue
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    unsubscribe()
    signal?.removeEventListener('abort', end)
  }
}

/** Event ids are times. One that is not ours counts as none. */
function timeOfEvent(id: string | undefined): Date | null {
  if (id === undefined) return null
  const at = new Date(id)
  return Number.isNaN(at.getTime()) ? null : at
}

async function changedSince({ ctx, since }: { ctx: UserContext; since: Date }): Promise<string[]> {
  const { services, actor } = ctx
  const { rows } = await services.db.withUserSql(actor.userId, (client) =>
    client.query<{ walletId: string }>({
      name: 'wallets_changed_since',
      text: `SELECT wallet_id AS "walletId" FROM wallets WHERE user_id = $1 AND updated_at > $2`,
      values: [actor.userId, new Date(since.getTime() - OVERLAP_MS)],
    }),
  )
  return rows.map((row) => row.walletId)
}

/** Whether what this caller came with is good no more; without a session id, nothing of the person is. */
function endsAccess({ event, actor }: { event: AppEvent; actor: Actor }): boolean {
  if (event.type === 'token-revoked') return event.tokenId === actor.token?.tokenId
  if (event.type !== 'session-revoked') return false
  return event.sessionId === null || event.sessionId === actor.sessionId
}
