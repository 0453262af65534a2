import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { functions } from './access.ts'
import { lookAcrossUsers, type RoleName, roles } from './roles.ts'
import { findSignIn } from './sql/find-sign-in.ts'
import { seedEveryTable } from './testing/seed-every-table.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'

let db: TestDatabase
let userId: string
const clients: Partial<Record<RoleName, pg.Client>> = {}

beforeAll(async () => {
  db = await createTestDatabase()
  userId = await seedEveryTable(db)
  for (const role of ['owner', 'app', 'scheduler', 'paper'] as const) {
    const client = new pg.Client({ connectionString: db.roleUrls[role] })
    await client.connect()
    clients[role] = client
  }
})
afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.end()))
  await db.drop()
})

function as(role: RoleName): pg.Client {
  const client = clients[role]
  if (client === undefined) throw new Error(`No connection as ${role}.`)
  return client
}

/** What a role that only works with rows is never allowed. */
const definitions = [
  'ALTER TABLE wallets ADD COLUMN more int',
  'ALTER TABLE wallets DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE wallets NO FORCE ROW LEVEL SECURITY',
  'DROP POLICY own_rows ON wallets',
  'CREATE POLICY mine ON wallets USING (true)',
  'DROP TABLE wallets',
  'DROP FUNCTION find_sign_in',
  'TRUNCATE balances',
  'TRUNCATE paper.trades',
  'CREATE TABLE more (id int)',
  'CREATE TEMPORARY TABLE users (user_id uuid)',
  'CREATE SCHEMA more',
  'CREATE FUNCTION more() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'CREATE OR REPLACE FUNCTION public.has_users() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
  'CREATE TRIGGER more BEFORE INSERT ON wallets FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  'CREATE ROLE more',
  'ALTER ROLE CURRENT_USER BYPASSRLS',
  'GRANT opentrade_owner TO CURRENT_USER',
  'SET session_replication_role = replica',
  'SELECT protect_user_tables()',
  `COPY (SELECT 1) TO PROGRAM 'true'`,
  'SELECT * FROM pg_authid',
]

const elevated = ['opentrade_owner', 'opentrade_app', 'opentrade_scheduler', 'opentrade_paper', 'postgres']

describe.each(['app', 'scheduler', 'paper'] as const)('the role of the %s', (role) => {
  test.each(definitions)('may not: %s', async (statement) => {
    // Of somebody else's table PostgreSQL says so in other words than of a right that is missing.
    await expect(as(role).query(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test('takes on no other role', async () => {
    for (const other of elevated.filter((name) => name !== roles[role])) {
      await expect(as(role).query(`SET ROLE ${other}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|22023)$/),
      })
      await expect(as(role).query(`SET SESSION AUTHORIZATION ${other}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|22023)$/),
      })
    }
  })

  test('passes on no right that it has', async () => {
    // PostgreSQL only warns of it.
    await as(role)
      .query('GRANT SELECT ON wallets TO PUBLIC')
      .catch(() => undefined)
    const { rows } = await db.superuser.pool.query(
      `SELECT FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname = 'wallets' AND a.grantee = 0`,
    )
    expect(rows).toEqual([])
  })

  test('is a plain role that owns nothing', async () => {
    const { rows } = await as(role).query(
      `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
         (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned
       FROM pg_roles r WHERE rolname = current_user`,
    )
    expect(rows).toEqual([
      {
        ...{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false },
        ...{ rolreplication: false, owned: 0 },
      },
    ])
  })
})

describe('the role of the server', () => {
  test('sees nothing across users, whatever it sets', async () => {
    const client = as('app')
    await client.query(`SET app.across_users = 'on'; SET search_path = public, across_users, pg_temp`)
    expect((await client.query('SELECT FROM users')).rowCount).toBe(0)
    await client.query('RESET app.across_users; RESET search_path; SET row_security = off')
    await expect(client.query('SELECT FROM users')).rejects.toThrow('row-level security')
    await client.query('RESET row_security')
  })

  test('neither changes nor deletes what is in the audit log', async () => {
    for (const statement of [`UPDATE audit_log SET actor = 'nobody'`, 'DELETE FROM audit_log']) {
      await expect(db.forUser(userId).query(statement)).rejects.toThrow('permission denied')
    }
  })

  test("has no part in the paper exchange's tables", async () => {
    await expect(as('app').query('SELECT FROM paper.venue')).rejects.toThrow('permission denied')
  })

  test('deletes a user with everything that is theirs, the audit log included', async () => {
    const other = await seedEveryTable(db)
    const deleted = await db.withUserSql(other, async (client) => {
      await client.query('DELETE FROM user_api_keys')
      return await client.query('DELETE FROM users')
    })
    expect(deleted.rowCount).toBe(1)
    const { rows } = await db.superuser.pool.query(
      `SELECT (SELECT count(*)::int FROM audit_log WHERE user_id = $1) AS acts,
         (SELECT count(*)::int FROM wallet_snapshots WHERE user_id = $1) AS snapshots,
         (SELECT count(*)::int FROM users WHERE user_id = $2) AS others`,
      [other, userId],
    )
    expect(rows).toEqual([{ acts: 0, snapshots: 0, others: 1 }])
  })
})

describe('the role of the scheduler', () => {
  test('reads no column that could hold a secret, an amount or a text of a person', async () => {
    const { rows } = await db.superuser.pool.query<{ column: string; type: string; width: number | null }>(
      `SELECT c.oid::regclass || '.' || a.attname AS column, format_type(a.atttypid, NULL) AS type,
         nullif(a.atttypmod, -1) - 4 AS width
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace::regnamespace::text IN ('public', 'paper', 'graphile_worker')
         AND has_schema_privilege('opentrade_scheduler', c.relnamespace, 'USAGE')
         AND has_column_privilege('opentrade_scheduler', c.oid, a.attnum, 'SELECT')`,
    )
    expect(rows.map(({ column }) => column)).toEqual(
      expect.arrayContaining(['wallets.next_sync_at', 'sessions.expires_at']),
    )
    const plain = ['uuid', 'timestamp(3) with time zone', 'timestamp with time zone', 'integer', 'boolean']
    const suspicious = rows.filter(({ type }) => !plain.includes(type) && type !== 'character varying')
    expect(suspicious).toEqual([])
    const named =
      /secret$|encrypted|hash|wrapped|commitment|fingerprint|hint|email|password|label|name$|\bip\b|user_agent/
    expect(
      rows.map(({ column }) => column).filter((column) => named.test(column.split('.')[1] ?? '')),
    ).toEqual([])
  })

  test('sees what is due across users, and moves it on', async () => {
    const scheduler = as('scheduler')
    const all = await db.superuser.pool.query('SELECT user_id FROM wallets')
    expect((await scheduler.query('SELECT user_id FROM wallets')).rowCount).toBe(all.rowCount)
    expect((await scheduler.query('UPDATE wallets SET next_sync_at = now()')).rowCount).toBe(all.rowCount)
  })

  test.each([
    'SELECT * FROM wallets',
    'SELECT label FROM wallets',
    'SELECT refresh_hash FROM sessions',
    'SELECT api_secret_encrypted FROM user_api_keys',
    'SELECT wrapped_key FROM data_keys',
    'SELECT email FROM users',
    'SELECT role FROM users',
    'UPDATE users SET is_active = true',
    'SELECT asset FROM balances',
    'SELECT actor FROM audit_log',
    'SELECT wrapped_seed FROM signing_keys',
    'SELECT key_seed FROM paper.venue',
    'UPDATE wallets SET total_usd_value = 0',
    'UPDATE user_api_keys SET is_valid = true',
    'DELETE FROM wallets',
    `SELECT find_sign_in('a@example.com')`,
  ])('may not: %s', async (statement) => {
    await expect(as('scheduler').query(statement)).rejects.toThrow('permission denied')
  })
})

test('the role of the paper exchange has its own tables and nothing else', async () => {
  expect((await as('paper').query('SELECT FROM paper.accounts')).rowCount).toBe(0)
  for (const table of ['users', 'wallets', 'user_api_keys', 'deployment', 'exchanges', 'signing_keys']) {
    await expect(as('paper').query(`SELECT FROM ${table}`)).rejects.toThrow('permission denied')
  }
  await expect(as('paper').query('SELECT has_users()')).rejects.toThrow('permission denied')
})

describe('the owner of the tables', () => {
  test('is held by the policies, too, unless it says otherwise', async () => {
    expect((await as('owner').query('SELECT FROM users')).rowCount).toBe(0)
    const across = new pg.Client({ connectionString: db.roleUrls.owner })
    await across.connect()
    await lookAcrossUsers(across)
    try {
      expect((await across.query('SELECT FROM users')).rowCount).toBeGreaterThan(0)
    } finally {
      await across.end()
    }
  })
})

describe('functions that run as the owner', () => {
  test('fix where they look names up, with what anybody can make last', async () => {
    const { rows } = await db.superuser.pool.query<{ name: string; path: string | null }>(
      `SELECT p.oid::regprocedure::text AS name,
         (SELECT s FROM unnest(p.proconfig) AS s WHERE s LIKE 'search_path=%') AS path
       FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1`,
    )
    expect(rows.length).toBeGreaterThan(3)
    for (const { name, path } of rows)
      expect([name, path]).toEqual([name, expect.stringMatching(/, pg_temp$/)])
  })

  test('are called by those alone who are listed for them', async () => {
    const { rows } = await db.superuser.pool.query<{ name: string; role: string }>(
      `SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name, r.rolname AS role
       FROM pg_proc p, pg_roles r
       WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype
         AND r.rolname IN ('opentrade_app', 'opentrade_scheduler', 'opentrade_paper')
         AND has_function_privilege(r.oid, p.oid, 'EXECUTE')`,
    )
    const listed = Object.entries(functions).flatMap(([role, names]) =>
      names.map((name) => `${role} ${name.slice(0, name.indexOf('('))}`),
    )
    const found = rows.map(({ name, role }) => `${role} ${name.slice(0, name.indexOf('('))}`)
    expect(found.sort()).toEqual(listed.sort())
  })

  test('list people for an active administrator who is named, and for nobody else', async () => {
    const list = async (who: string | null) => {
      const run = (client: pg.PoolClient | pg.Pool) => client.query('SELECT FROM list_users(NULL, NULL, 100)')
      return (await (who === null ? run(db.pool) : db.withUserSql(who, run))).rowCount
    }
    const become = (changes: string) =>
      db.superuser.pool.query(`UPDATE users SET ${changes} WHERE user_id = $1`, [userId])
    expect([await list(null), await list(userId)]).toEqual([0, 0])
    await become(`role = 'admin'`)
    expect(await list(userId)).toBeGreaterThan(0)
    await become(`is_active = false`)
    expect(await list(userId)).toBe(0)
    await become(`role = 'user', is_active = true`)
  })

  test('find who signs in by the whole address, and tell nothing else of them', async () => {
    const { rows } = await db.superuser.pool.query<{ email: string }>(
      'SELECT email FROM users WHERE user_id = $1',
      [userId],
    )
    const [{ email } = { email: '' }] = rows
    expect(await findSignIn(db.pool, { email })).toEqual({
      userId,
      passwordHash: null,
      isActive: true,
      credentialsVersion: 0,
    })
    for (const other of ['nobody@example.com', '%', '', "' OR true --"]) {
      expect(await findSignIn(db.pool, { email: other })).toBeNull()
    }
    expect((await db.pool.query('SELECT FROM users')).rowCount).toBe(0)
  })
})
