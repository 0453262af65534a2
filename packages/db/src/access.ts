import type pg from 'pg'
import { roles } from './roles.ts'

/** What the server may do with the tables of the installation. Tables of users' data are not listed here. */
export const installationTables: Record<string, string> = {
  _prisma_migrations: 'SELECT',
  deployment: 'SELECT',
  deployment_secrets: 'SELECT, INSERT, UPDATE',
  signing_keys: 'SELECT, INSERT, UPDATE',
  exchanges: 'SELECT, INSERT, UPDATE',
  asset_prices: 'SELECT, INSERT, UPDATE, DELETE',
  sign_in_attempts: 'SELECT, INSERT, UPDATE, DELETE',
  passkey_challenges: 'SELECT, INSERT, DELETE',
  identity_flows: 'SELECT, INSERT, DELETE',
  rotations: 'SELECT, INSERT, UPDATE',
  server_processes: 'SELECT, INSERT, UPDATE, DELETE',
  retired_root_keys: 'SELECT',
  outbox: 'SELECT, INSERT, DELETE',
  installation_settings: 'SELECT, INSERT, UPDATE',
  invitations: 'SELECT, INSERT, UPDATE, DELETE',
}

/** With a table of users' data the server may do anything to rows of the user it names, but for these. */
const userTables: Record<string, string> = {
  audit_log: 'SELECT, INSERT',
}
const anyRow = 'SELECT, INSERT, UPDATE, DELETE'

/** What jobs may see and change of all users: when things are due, which key is what, and nothing that is sealed. */
const schedulerTables: Record<string, string[]> = {
  users: ['SELECT (user_id, is_active)'],
  wallets: [
    'SELECT (user_id, wallet_id, exchange_id, sync_status, next_sync_at)',
    'UPDATE (sync_status, sync_step, next_sync_at, updated_at)',
  ],
  sessions: ['SELECT (user_id, session_id, expires_at)', 'DELETE'],
  user_api_keys: [
    'SELECT (user_id, api_key_id, wallet_id, exchange_id, data_key_id, secret_version, purpose, is_valid, checked_at, next_check_at, expires_at)',
    'UPDATE (next_check_at)',
  ],
  data_keys: ['SELECT (user_id, data_key_id, provider, root_key_id, status)'],
  one_time_tokens: ['SELECT (user_id, expires_at)', 'DELETE'],
  pending_sign_ups: ['SELECT (user_id, expires_at)', 'DELETE'],
}

/** What runs as the owner, each for one thing that no table's rights could say. */
export const functions: Record<string, string[]> = {
  [roles.app]: [
    'find_sign_in(text)',
    'has_users()',
    'roles_besides(uuid)',
    'list_users(text, uuid, int)',
    'find_api_token(bytea)',
    'find_identity(text, text)',
    'hold_administrator(uuid, uuid)',
    'password_costs()',
  ],
  [roles.scheduler]: [
    'ensure_snapshot_partition(timestamptz)',
    'count_wrapped_keys()',
    'lock_data_keys_to_rewrap(text, text, uuid, uuid, int)',
    'swap_wrapped_data_keys(uuid, uuid[], uuid[], bytea[], bytea[], text, text[])',
    'retire_root_key(text, text)',
    'users_with_old_data_keys(timestamptz, uuid, int)',
    'count_old_data_keys(timestamptz, uuid)',
    'users_with_retired_data_keys(timestamptz, int)',
  ],
}

/**
 * Gives each role what it may do, and takes away what it no longer may, in one transaction. Roles, tables and
 * functions that do not exist are passed over: it may be called before the job queue has made its tables, too.
 * @param client of the owner of the tables
 */
export async function applyAccess(client: pg.Client): Promise<void> {
  await client.query('SELECT protect_user_tables()')
  const present = new Set(
    await readNames(client, 'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)', [
      Object.values(roles),
    ]),
  )
  const statements = [
    ...(present.has(roles.app) ? await appStatements(client) : []),
    ...(present.has(roles.scheduler) ? await schedulerStatements(client) : []),
    ...(await paperStatements({ client, present })),
  ]
  // Sent together, they are one transaction.
  if (statements.length > 0) await client.query(statements.join(';\n'))
}

/** The tables of users' data, without partitions: nobody reads those but through the table above them. */
export function listUserTables(client: pg.Client | pg.Pool): Promise<string[]> {
  return readNames(
    client,
    `SELECT c.relname AS name FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE p.polname = 'own_rows' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
     ORDER BY 1`,
  )
}

async function appStatements(client: pg.Client): Promise<string[]> {
  const known = await knownTables(client, installationTables)
  const userTableNames = await listUserTables(client)
  return [
    ...(await closedDoors(client)),
    `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${roles.app}`,
    `GRANT USAGE ON SCHEMA public TO ${roles.app}`,
    ...known.map((table) => grant(installationTables[table] ?? '', table, roles.app)),
    ...userTableNames.map((table) => grant(userTables[table] ?? anyRow, table, roles.app)),
    ...(await executes(client, roles.app)),
    ...(await queueStatements(client)),
  ]
}

/** What PostgreSQL lets everybody do and nobody here needs; only who owns the database can take it away. */
async function closedDoors(client: pg.Client): Promise<string[]> {
  const [name] = await readNames(
    client,
    `SELECT datname AS name FROM pg_database
     WHERE datname = current_database() AND pg_has_role(current_user, datdba, 'USAGE')`,
  )
  if (name === undefined) return []
  return [
    `REVOKE TEMPORARY ON DATABASE ${client.escapeIdentifier(name)} FROM PUBLIC`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  ]
}

async function schedulerStatements(client: pg.Client): Promise<string[]> {
  const known = await knownTables(client, schedulerTables)
  // Made once: to make it again would wait for everybody who reads the table.
  const closed = await readNames(
    client,
    `SELECT t.name FROM unnest($1::text[]) AS t (name)
     WHERE NOT EXISTS (
       SELECT FROM pg_policy p WHERE p.polrelid = t.name::regclass AND p.polname = 'scheduler_across_users')`,
    [known],
  )
  return [
    `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${roles.scheduler}`,
    `GRANT USAGE ON SCHEMA public TO ${roles.scheduler}`,
    ...closed.map(
      (table) =>
        `CREATE POLICY scheduler_across_users ON ${table} TO ${roles.scheduler} USING (true) WITH CHECK (true)`,
    ),
    ...known.flatMap((table) =>
      (schedulerTables[table] ?? []).map((right) => grant(right, table, roles.scheduler)),
    ),
    ...(await executes(client, roles.scheduler)),
  ]
}

/**
 * The job queue makes its tables by itself, with row-level security and without a policy, so that nobody but
 * their owner reads them. What is in a job are ids.
 */
async function queueStatements(client: pg.Client): Promise<string[]> {
  const [schema] = await readNames(
    client,
    `SELECT nspname AS name FROM pg_namespace
     WHERE nspname = 'graphile_worker' AND pg_has_role(current_user, nspowner, 'USAGE')`,
  )
  if (schema === undefined) return []
  const closed = await readNames(
    client,
    `SELECT c.oid::regclass::text AS name FROM pg_class c
     WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relrowsecurity
       AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'app')`,
  )
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${roles.app}`,
    `GRANT ${anyRow} ON ALL TABLES IN SCHEMA ${schema} TO ${roles.app}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${roles.app}`,
    ...closed.map((table) => `CREATE POLICY app ON ${table} TO ${roles.app} USING (true) WITH CHECK (true)`),
  ]
}

/** Where the paper exchange has no role of its own, it runs as the server does. */
async function paperStatements(o: { client: pg.Client; present: Set<string> }): Promise<string[]> {
  const role = [roles.paper, roles.app].find((name) => o.present.has(name))
  if (role === undefined) return []
  const schemas = await readNames(
    o.client,
    `SELECT nspname AS name FROM pg_namespace WHERE nspname = 'paper'`,
  )
  return schemas.flatMap((schema) => [
    `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
    `GRANT ${anyRow} ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
  ])
}

function grant(rights: string, table: string, role: string): string {
  return `GRANT ${rights} ON ${table} TO ${role}`
}

/** Those that there are: a backup of an older version is restored with the tables that it had. */
function knownTables(client: pg.Client, tables: Record<string, unknown>): Promise<string[]> {
  return readNames(
    client,
    'SELECT t.name FROM unnest($1::text[]) AS t (name) WHERE to_regclass(t.name) IS NOT NULL',
    [Object.keys(tables)],
  )
}

async function executes(client: pg.Client, role: string): Promise<string[]> {
  const known = await readNames(
    client,
    'SELECT f.name FROM unnest($1::text[]) AS f (name) WHERE to_regprocedure(f.name) IS NOT NULL',
    [functions[role] ?? []],
  )
  return known.map((name) => `GRANT EXECUTE ON FUNCTION ${name} TO ${role}`)
}

async function readNames(
  client: pg.Client | pg.Pool,
  text: string,
  values: unknown[] = [],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(text, values)
  return rows.map((row) => row.name)
}
