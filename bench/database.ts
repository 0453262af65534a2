import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, migrate, openDatabase, startEmbeddedPostgres, uuidv7 } from '@opentrade/db'

export interface BenchDatabase {
  /** As the superuser, whom no policy holds. */
  database: Database
  url: string
  /** What a server on this database needs to know of it. */
  env: Record<string, string>
  /** A temporary folder for whatever else the bench keeps. */
  home: string
  stop: () => Promise<void>
}

/** Starts a PostgreSQL in a temporary folder and migrates it; `stop` removes all of it. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const home = mkdtempSync(join(tmpdir(), 'opentrade-bench-'))
  // Started by root, PostgreSQL runs as another user, who has to pass.
  chmodSync(home, 0o711)
  const server = await startEmbeddedPostgres({ home })
  const { roleUrls } = server
  await migrate({ url: roleUrls.owner })
  const database = openDatabase({ url: server.url })
  return {
    database,
    url: server.url,
    env: {
      DATABASE_URL: roleUrls.app,
      DATABASE_OWNER_URL: roleUrls.owner,
      DATABASE_SCHEDULER_URL: roleUrls.scheduler,
      DATABASE_PAPER_URL: roleUrls.paper,
    },
    home,
    async stop() {
      await database.close()
      await server.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Gives a user wallets that hold `balances` assets in all; returns the wallets' ids. */
export async function insertWallets(
  database: Database,
  o: { userId: string; wallets: number; balances: number },
): Promise<string[]> {
  const walletIds: string[] = []
  for (let index = 0; index < o.wallets; index += 1) {
    const walletId = uuidv7()
    walletIds.push(walletId)
    await database.pool.query(
      `INSERT INTO wallets (user_id, wallet_id, exchange_id, label, last_updated, total_usd_value)
       VALUES ($1, $2, 'paper', $3, now(), 1234.56)`,
      [o.userId, walletId, `bench ${index}`],
    )
    await database.pool.query(
      `INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total, usd_value, usd_price,
                             price_source, priced_at)
       SELECT $1, $2, 'spot', 'A' || i, 1.5 + i, 0.25, 1.75 + i, (1.75 + i) * 2.5, 2.5, 'paper A/USDT', now()
       FROM generate_series(1, $3::int) AS i`,
      [o.userId, walletId, Math.ceil(o.balances / o.wallets)],
    )
  }
  await database.pool.query('ANALYZE wallets, balances')
  return walletIds
}
