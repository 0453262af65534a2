import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { rawJson } from '../raw-json.ts'
import { type ExportSection, exportSections, type GrowingSection } from './export-sections.ts'
import type { ExportMore } from './schemas.ts'

/** Of a list without an end, in one answer: years of snapshots are gigabytes, and an answer must fit into memory. */
export const PAGE_ROWS = 5_000

type Row = Record<string, unknown>

/** Everything that a person has here, but for secrets. */
export interface Exported {
  exportedAt: string
  snapshots: Row[]
  auditLog: Row[]
  /** Where the lists that grow go on, newest first, for `exportMore`; a list that is here in full is not named. */
  more: Partial<Record<GrowingSection, string>>
  /** The rows of every other section. */
  [section: string]: unknown
}

/** A further page of a list that grows; `next` is null after the last. */
export interface ExportedPage {
  rows: Row[]
  next: string | null
}

/** Gives a person everything that they have here as JSON that PostgreSQL builds, all as of one moment. */
export async function exportMine({ ctx }: { ctx: UserContext }): Promise<Exported> {
  const { services, actor } = ctx
  const { userId } = actor
  return services.db.withUserSql(userId, async (client) => {
    await recordAct(client, { actor, action: 'user.exported', target: `user:${userId}`, detail: {} })
    const parts = [`"exportedAt":${JSON.stringify(services.now().toISOString())}`]
    const more: Record<string, string> = {}
    for (const section of exportSections) {
      const { text, next } = await readSection(client, { userId, section })
      parts.push(`${JSON.stringify(section.section)}:${text}`)
      if (next !== null) more[section.section] = next
    }
    parts.push(`"more":${JSON.stringify(more)}`)
    return rawJson<Exported>(`{${parts.join(',')}}`)
  })
}

/** Gives the rows of a growing list that come after a page. */
export async function exportMore(o: { ctx: UserContext; input: ExportMore }): Promise<ExportedPage> {
  const { services, actor } = o.ctx
  const { userId } = actor
  const section = exportSections.find((candidate) => candidate.section === o.input.section)
  if (!section) throw new TypeError(`There is no section ${o.input.section}.`)
  return services.db.withUserSql(userId, async (client) => {
    const { text, next } = await readSection(client, { userId, section, after: o.input.after })
    return rawJson<ExportedPage>(`{"rows":${text},"next":${JSON.stringify(next)}}`)
  })
}

async function readSection(
  client: pg.PoolClient,
  { userId, section, after }: { userId: string; section: ExportSection; after?: string },
): Promise<{ text: string; next: string | null }> {
  const { table, columns, pages } = section
  const page = pages
    ? `${after === undefined ? '' : `AND ${pages.after}`} ORDER BY ${pages.order} LIMIT ${PAGE_ROWS}`
    : ''
  const { rows } = await client.query<{ text: string; count: number; last: string | null }>(
    `SELECT coalesce(json_agg(json_build_object(${columns})), '[]')::text AS text, count(*)::int AS count,
       (array_agg(${pages?.cursor ?? 'NULL::text'}))[count(*)] AS last
     FROM (SELECT * FROM ${table} t WHERE t.user_id = $1 ${page}) t`,
    after === undefined ? [userId] : [userId, after],
  )
  const { text = '[]', count = 0, last = null } = rows[0] ?? {}
  return { text, next: count === PAGE_ROWS ? last : null }
}
