import type pg from 'pg'
import type { Database } from './database.ts'
import { roles } from './roles.ts'

/** How well the roles of a database's connections keep users apart. */
export interface AccessReport {
  /** What the operator should know, in sentences; none when all is as it should be. */
  warnings: string[]
  /** Whether `scheduler` sees across users. Where it does not, nothing is ever due. */
  schedulerSees: boolean
}

interface Standing {
  role: string
  /** A superuser, or one whom no policy holds. */
  bypasses: boolean
  owns: boolean
  schedules: boolean
}

/** Says whether the connections of a migrated database are of roles that can do no more than they must. */
export async function inspectAccess(database: Database): Promise<AccessReport> {
  const app = await readStanding(database.pool)
  const scheduler = await readStanding(database.scheduler)
  return {
    warnings: warningsOf(app),
    schedulerSees: scheduler.bypasses || scheduler.owns || scheduler.schedules,
  }
}

function warningsOf(app: Standing): string[] {
  const advice = `Connect as ${roles.app} (DATABASE_URL) and let ${roles.owner} migrate (DATABASE_OWNER_URL).`
  if (app.bypasses) {
    return [
      `The server connects as ${app.role}, whom no row-level policy holds: only its queries keep users apart. ${advice}`,
    ]
  }
  if (app.owns) {
    return [
      `The server connects as ${app.role}, which owns the tables: the row-level policies hold it, but it could lift them. ${advice}`,
    ]
  }
  return []
}

async function readStanding(pool: pg.Pool): Promise<Standing> {
  const { rows } = await pool.query<Standing>(
    `SELECT r.rolname AS role, r.rolsuper OR r.rolbypassrls AS bypasses,
       pg_has_role(r.oid, (SELECT relowner FROM pg_class WHERE oid = 'public.wallets'::regclass), 'USAGE') AS owns,
       EXISTS (
         SELECT FROM pg_roles s WHERE s.rolname = $1 AND pg_has_role(r.oid, s.oid, 'USAGE')
       ) AS schedules
     FROM pg_roles r WHERE r.rolname = current_user`,
    [roles.scheduler],
  )
  const [standing] = rows
  if (standing === undefined) throw new Error('PostgreSQL did not tell the role of a connection.')
  return standing
}
