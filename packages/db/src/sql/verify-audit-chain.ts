import { createHash } from 'node:crypto'
import type { Reader } from '../as-user.ts'

export interface AuditVerification {
  /** How many rows are whole, from the first on. */
  verified: number
  /** The last whole row. To know that none was cut off at the end, compare it with one noted earlier. */
  head: { seq: string; hash: Buffer } | null
  /** The first row that is missing, does not continue the one before, or was changed. Null: none. */
  broken: { seq: string; reason: 'MISSING' | 'WRONG_LINK' | 'WRONG_HASH' } | null
}

interface AuditRow {
  seq: string
  at: Date
  actor: string
  action: string
  target: string | null
  detail: string
  ip: string | null
  prevHash: Buffer
  hash: Buffer
}

const batchSize = 1_000
const domain = 'opentrade-audit-v1'

/**
 * Recomputes a user's hash chain, apart from the database's own function that made it: who can change that
 * function cannot make this one agree. The encoding is described in the migration that makes the audit log.
 */
export async function verifyAuditChain(q: Reader, o: { userId: string }): Promise<AuditVerification> {
  let head: { seq: string; hash: Buffer } | null = null
  let verified = 0
  for (;;) {
    const rows = await readBatch(q, { userId: o.userId, after: head?.seq ?? '0' })
    for (const row of rows) {
      const expected = BigInt(head?.seq ?? 0) + 1n
      const prevHash: Buffer = head?.hash ?? Buffer.alloc(32)
      const reason = findFault({ row, expected, prevHash, userId: o.userId })
      if (reason !== null) {
        return { verified, head, broken: { seq: String(expected), reason } }
      }
      head = { seq: row.seq, hash: row.hash }
      verified += 1
    }
    if (rows.length < batchSize) return { verified, head, broken: null }
  }
}

async function readBatch(q: Reader, o: { userId: string; after: string }): Promise<AuditRow[]> {
  const { rows } = await q.query<AuditRow>({
    name: 'read_audit_batch',
    text: `
      SELECT seq, at, actor, action, target, detail::text AS detail, ip, prev_hash AS "prevHash", hash
      FROM audit_log WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT ${batchSize}`,
    values: [o.userId, o.after],
  })
  return rows
}

function findFault(o: { row: AuditRow; expected: bigint; prevHash: Buffer; userId: string }) {
  if (BigInt(o.row.seq) !== o.expected) return 'MISSING'
  if (!o.row.prevHash.equals(o.prevHash)) return 'WRONG_LINK'
  return hashOf(o.row, o.userId).equals(o.row.hash) ? null : 'WRONG_HASH'
}

function hashOf(row: AuditRow, userId: string): Buffer {
  const { seq, at, actor, action, target, detail, ip } = row
  const hash = createHash('sha256').update(encodeField(domain)).update(row.prevHash)
  for (const value of [userId.toLowerCase(), seq, at.toISOString(), actor, action, target, detail, ip]) {
    hash.update(encodeField(value))
  }
  return hash.digest()
}

/** The length in bytes as a big-endian int32 (-1 for null), then the UTF-8. */
function encodeField(value: string | null): Buffer {
  const length = Buffer.alloc(4)
  if (value === null) {
    length.writeInt32BE(-1)
    return length
  }
  const bytes = Buffer.from(value, 'utf8')
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
