import type { UserContext } from '../context.ts'
import { readAuditEntries } from './queries.ts'
import type { AuditPage, ListAudit } from './schemas.ts'

const USUAL_PAGE = 50

/** A page of the person's own log, the newest entry first. */
export async function listAudit(o: { ctx: UserContext; input: ListAudit }): Promise<AuditPage> {
  const { services, actor } = o.ctx
  const { cursor: before = null, actions = null, except = null, from = null, to = null } = o.input ?? {}
  const limit = o.input?.limit ?? USUAL_PAGE
  const found = await services.db.withUserSql(actor.userId, (client) =>
    // One more than asked for tells whether there is another page.
    readAuditEntries(client, {
      ...{ userId: actor.userId, before, actions, except, from, to },
      limit: limit + 1,
    }),
  )
  const entries = found.slice(0, limit)
  return { entries, next: found.length > limit ? (entries.at(-1)?.seq ?? null) : null }
}
