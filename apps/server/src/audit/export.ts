import type { UserContext } from '../context.ts'
import { readAuditLines } from './queries.ts'
import type { AuditLines, ExportAudit } from './schemas.ts'

const USUAL_PART = 1_000

/** A part of the person's own log as JSON lines, the oldest entry first. */
export function exportAudit(o: { ctx: UserContext; input: ExportAudit }): Promise<AuditLines> {
  const { services, actor } = o.ctx
  const { after = null, limit = USUAL_PART } = o.input ?? {}
  return services.db.withUserSql(actor.userId, (client) =>
    readAuditLines(client, { userId: actor.userId, after, limit }),
  )
}
