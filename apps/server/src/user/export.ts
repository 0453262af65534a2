import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { rawJson } from '../raw-json.ts'
import { type ExportSection, exportSections } from './export-sections.ts'

/** Of a list without an end: years of snapshots are gigabytes, and an answer must fit into memory. */
const MOST_ROWS = 5_000

type Row = Record<string, unknown>

/** Everything that a person has here, but for secrets. */
export interface Exported {
  exportedAt: string
  /** What was left off, oldest first, from lists that grow: how many rows there are in all. */
  truncated: Record<string, number>
  [section: string]: Row[] | Record<string, number> | string
}

/**
 * Gives a person everything that they have here as JSON that PostgreSQL builds, all as of one moment. Of snapshots and
 * of the audit log the newest 5,000; `audit.export` and `wallets.history` give the rest.
 */
export async function exportMine({ ctx }: { ctx: UserContext }): Promise<Exported> {
  const { services, actor } = ctx
  const { userId } = actor
  return services.db.withUserSql(userId, async (client) => {
    await recordAct(client, { actor, action: 'user.exported', target: `user:${userId}`, detail: {} })
    const parts = [`"exportedAt":${JSON.stringify(services.now().toISOString())}`]
    for (const section of exportSections) {
      parts.push(`${JSON.stringify(section.section)}:${await readSection(client, { userId, section })}`)
    }
    parts.push(`"truncated":${JSON.stringify(await countCut(client, { userId }))}`)
    return rawJson<Exported>(`{${parts.join(',')}}`)
  })
}

async function readSection(
  client: pg.PoolClient,
  { userId, section }: { userId: string; section: ExportSection },
): Promise<string> {
  const { table, columns, newestBy } = section
  const rows = newestBy
    ? `(SELECT * FROM ${table} WHERE user_id = $1 ORDER BY ${newestBy} DESC LIMIT ${MOST_ROWS})`
    : `(SELECT * FROM ${table} WHERE user_id = $1)`
  const { rows: found } = await client.query<{ text: string }>(
    `SELECT coalesce(json_agg(json_build_object(${columns})), '[]')::text AS text FROM ${rows} t`,
    [userId],
  )
  return found[0]?.text ?? '[]'
}

async function countCut(
  client: pg.PoolClient,
  { userId }: { userId: string },
): Promise<Record<string, number>> {
  const cut: Record<string, number> = {}
  for (const { table, section, newestBy } of exportSections) {
    if (newestBy === undefined) continue
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${table} WHERE user_id = $1`,
      [userId],
    )
    const count = rows[0]?.count ?? 0
    if (count > MOST_ROWS) cut[section] = count
  }
  return cut
}
