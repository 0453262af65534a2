import { type AuditVerification, verifyAuditChain } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { readAuditHash } from './queries.ts'
import type { AuditReport, VerifyAudit } from './schemas.ts'

/**
 * Recomputes the chain of the person's own log. What is cut off at its end leaves a chain that is whole: only a
 * head that was noted earlier tells of it, and of a log that was written anew from some entry on.
 */
export async function verifyAudit(o: { ctx: UserContext; input: VerifyAudit }): Promise<AuditReport> {
  const { services, actor } = o.ctx
  const { userId } = actor
  // Each batch on a connection of its own turn: a long log does not keep one from everybody else.
  const chain = await verifyAuditChain(services.db.asUser(userId), { userId })
  const report = toReport(chain)
  const noted = o.input?.head
  if (!noted || report.broken) return report
  const hash = await services.db.withUserSql(userId, (client) =>
    readAuditHash(client, { userId, seq: noted.seq }),
  )
  if (hash === noted.hash.toLowerCase()) return report
  if (hash !== null) return { ...report, broken: { seq: noted.seq, reason: 'NOT_AS_NOTED' } }
  const firstMissing = (BigInt(report.head?.seq ?? 0) + 1n).toString()
  return { ...report, broken: { seq: firstMissing, reason: 'CUT_OFF' } }
}

function toReport({ verified, head, broken }: AuditVerification): AuditReport {
  return { verified, head: head && { seq: head.seq, hash: head.hash.toString('hex') }, broken }
}
