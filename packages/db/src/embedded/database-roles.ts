import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { createClient } from '../connections.ts'
import { type RoleName, type RoleUrls, roles } from '../roles.ts'

type Passwords = Record<RoleName, string>

const roleNames = Object.keys(roles) as RoleName[]

/** What a role that logs in may do beyond its rights on tables: nothing. */
const plain = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'

/**
 * Makes the roles of the embedded server with passwords of their own, kept in <home>/postgres-roles.json, and
 * the database, which belongs to the owner. What an earlier version made as the superuser is handed over.
 *
 * @param client of the superuser, connected to the maintenance database
 */
export async function ensureDatabaseRoles(o: {
  home: string
  client: pg.Client
  database: string
  /** The superuser's URL for the database itself. */
  databaseUrl: string
}): Promise<RoleUrls> {
  const passwords = readPasswords(o.home)
  const { rows } = await o.client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles')
  const present = new Set(rows.map((row) => row.name))
  for (const role of roleNames) {
    const verb = present.has(roles[role]) ? 'ALTER' : 'CREATE'
    // A lost file is mended here: who has the superuser's password may set the others.
    await o.client.query(`${verb} ROLE ${roles[role]} ${plain} PASSWORD ${pg.escapeLiteral(passwords[role])}`)
  }
  await ensureDatabase(o)
  return roleUrls({ url: o.databaseUrl, passwords })
}

/** The same URL as each of the roles. */
function roleUrls(o: { url: string; passwords: Passwords }): RoleUrls {
  const entries = roleNames.map((role) => {
    const url = new URL(o.url)
    url.username = roles[role]
    url.password = o.passwords[role]
    return [role, url.href]
  })
  // Built from all names of RoleName just above.
  return Object.fromEntries(entries) as RoleUrls
}

function readPasswords(home: string): Passwords {
  const path = join(home, 'postgres-roles.json')
  const known = existsSync(path) ? parse(readFileSync(path, 'utf8')) : {}
  const entries = roleNames.map((role) => [role, known[role] ?? randomBytes(24).toString('base64url')])
  // Built from all names of RoleName just above.
  const passwords = Object.fromEntries(entries) as Passwords
  if (roleNames.some((role) => known[role] === undefined)) {
    writeFileSync(path, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 })
  }
  return passwords
}

/** What the file says, as far as it can be understood: what is missing is made anew. */
function parse(text: string): Partial<Record<string, string>> {
  try {
    const content: unknown = JSON.parse(text)
    if (content === null || typeof content !== 'object') return {}
    return Object.fromEntries(Object.entries(content).filter(([, value]) => typeof value === 'string'))
  } catch {
    return {}
  }
}

async function ensureDatabase(o: { client: pg.Client; database: string; databaseUrl: string }) {
  const { client } = o
  const name = client.escapeIdentifier(o.database)
  const { rows } = await client.query<{ isOurs: boolean }>(
    `SELECT pg_get_userbyid(datdba) = $2 AS "isOurs" FROM pg_database WHERE datname = $1`,
    [o.database, roles.owner],
  )
  const [found] = rows
  if (found === undefined) {
    await client.query(`CREATE DATABASE ${name} OWNER ${roles.owner}`)
  } else if (!found.isOurs) {
    await handOver(o.databaseUrl)
    // Last: until it is done, the next start hands over again.
    await client.query(`ALTER DATABASE ${name} OWNER TO ${roles.owner}`)
  }
}

/** Gives everything in the database that is not PostgreSQL's own to the owner. */
async function handOver(url: string): Promise<void> {
  const client = createClient({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ statement: string }>(ownerStatements, [roles.owner])
    await client.query(rows.map((row) => row.statement).join(';\n'))
  } finally {
    await client.end()
  }
}

/** Tables come before what hangs on them; indexes, row types and sequences of columns follow their tables. */
const ownerStatements = `
  WITH ours AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  )
  SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, $1::text) AS statement FROM ours
  WHERE nspname <> 'public'
  UNION ALL
  SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, $1::text)
  FROM pg_class c JOIN ours ON ours.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm') OR c.relkind = 'S' AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
  UNION ALL
  SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, $1::text)
  FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace
  UNION ALL
  SELECT format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, $1::text)
  FROM pg_type t JOIN ours ON ours.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typtype IN ('d', 'e') OR t.typtype = 'c' AND c.relkind = 'c'`
