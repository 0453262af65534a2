import { randomBytes } from 'node:crypto'
import { Logger, runMigrations } from 'graphile-worker'
import { openPool } from '../connections.ts'
import { grantAccess } from '../migrate.ts'
import type { TestDatabase } from './database.ts'

/** Statements that put a row into each table that belongs to no user; $1 is some user, $2 are 32 bytes. */
const statements = [
  `INSERT INTO asset_prices (exchange_id, asset, quote, price, as_of)
   VALUES ('test', 'BTC', 'USD', 12345.678901234567890123, now())`,
  `INSERT INTO deployment_secrets (secret_name, provider, root_key_id, wrapped_secret) VALUES ('blind-index', 'env', 'r1', $2)`,
  `INSERT INTO signing_keys (kid, public_jwk, wrapped_seed, provider, root_key_id)
   VALUES ('k1', '{"x": "\\n\\t\\\\"}', $2, 'env', 'r1')`,
  // Behind what it wrapped: nothing new may be wrapped by it, and what is there must come back.
  `INSERT INTO retired_root_keys (provider, root_key_id) VALUES ('env', 'r1')`,
  `INSERT INTO sign_in_attempts (scope, subject, tries, blocked_until, last_at) VALUES ('account', $2, 3, now(), 'infinity')`,
  `INSERT INTO passkey_challenges (challenge_hash, ip, expires_at) VALUES ($2, NULL, now())`,
  `INSERT INTO identity_flows (flow_hash, expires_at) VALUES ($2, now())`,
  `INSERT INTO rotations (kind, status, step, only_user, error, finished_at)
   VALUES ('data', 'failed', 'sealing', $1, '{"message": "é"}', now())`,
  `INSERT INTO server_processes (process_id, host, pid, role, readable_root_keys)
   VALUES ($1, 'host', 1, 'all', ARRAY['env r1', 'a "quoted" one', '', 'NULL'])`,
  `INSERT INTO outbox (recipient_id, to_address, subject, body_text, body_html) VALUES ($1, 'a@b.example', 's', E'a\\n\\\\.\\nb', '')`,
  `INSERT INTO installation_settings (setting_key, setting_value) VALUES ('test', 'null')`,
  `INSERT INTO invitations (token_hash, created_by, used_by, expires_at) VALUES ($2, $1, $1, now())`,
  `INSERT INTO paper.venue (key_seed) VALUES ($2)`,
  `INSERT INTO paper.accounts (reference, created_ms) VALUES ('test', 1)`,
  `INSERT INTO paper.api_keys (key_hash, account_id, created_ms) SELECT $2, account_id, 1 FROM paper.accounts`,
  `INSERT INTO paper.balances (account_id, account_type, asset, free)
   SELECT account_id, 'spot', 'BTC', 99999999999999999999.999999999999999999 FROM paper.accounts`,
  `INSERT INTO paper.orders (account_id, client_order_id, symbol, side, type, time_in_force, orig_qty, status, hold_asset,
     created_ms, updated_ms)
   SELECT account_id, 'c', 'BTCUSDT', 'BUY', 'LIMIT', 'GTC', 1, 'FILLED', 'USDT', 1, 1 FROM paper.accounts`,
  `INSERT INTO paper.trades (account_id, order_id, symbol, price, qty, quote_qty, commission, commission_asset, is_buyer,
     is_maker, traded_ms)
   SELECT account_id, order_id, symbol, 1, 1, 1, 0, 'USDT', true, false, 1 FROM paper.orders`,
  `SELECT ensure_snapshot_partition('2020-05-01Z'), ensure_snapshot_partition('2031-01-01Z')`,
  `SELECT graphile_worker.add_job('sync', json_build_object('text', E'a\\tb\\n\\\\N'), queue_name => 'one', job_key => 'k')`,
  `INSERT INTO graphile_worker._private_known_crontabs (identifier, known_since) VALUES ('c', now())`,
]

/** Makes the job queue's tables, and fills those of the installation, the paper exchange and the queue. */
export async function seedInstallation(db: TestDatabase, userId: string): Promise<void> {
  const pgPool = openPool({ connectionString: db.roleUrls.owner })
  await runMigrations({ pgPool, logger: new Logger(() => () => undefined) })
  await pgPool.end()
  for (const text of statements) {
    const values = [userId, randomBytes(32)]
    // PostgreSQL takes no value that a statement does not name.
    const used = ['$1', '$2'].filter((name) => text.includes(name))
    const renumbered = used.reduce((sql, name, index) => sql.replaceAll(name, `$${index + 1}`), text)
    await db.superuser.pool.query(
      renumbered,
      used.map((name) => values[Number(name.slice(1)) - 1]),
    )
  }
  await grantAccess({ url: db.roleUrls.owner })
}
