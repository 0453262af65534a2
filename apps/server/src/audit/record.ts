import { appendAudit } from '@opentrade/db'
import type pg from 'pg'
import type { Actor } from '../context.ts'

/** Something that a person, or a job for them, does and that they must be able to see later. */
export interface Act {
  actor: Pick<Actor, 'userId' | 'name' | 'ip'>
  /** `domain.what-happened`, such as `api-key.added`. */
  action: string
  /** `kind:id` of what it was done to. */
  target: string | null
  /** What else is worth knowing. Never a secret. */
  detail: Record<string, unknown>
}

/**
 * Appends an act to the log of the person for whom it is done. `client` is inside a `withUserSql` transaction: the
 * entry is kept if and only if the act is.
 */
export async function recordAct(client: pg.PoolClient, act: Act): Promise<void> {
  const { userId, name, ip } = act.actor
  await appendAudit(client, {
    userId,
    actor: name,
    action: act.action,
    target: act.target,
    detail: act.detail,
    ip,
  })
}
