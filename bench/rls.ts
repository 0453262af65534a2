import { randomBytes } from 'node:crypto'
import { type Database, listWalletsJson, openDatabase, uuidv7 } from '@opentrade/db'
import { type BenchDatabase, insertWallets, startBenchDatabase } from './database.ts'
import { compare, type Figure } from './measure.ts'

const CONNECTIONS = 10
/** Short turns and many of them, so that whatever else the machine does falls on both sides. */
const SECONDS = 0.4
const ROUNDS = 25
const CASES = [
  { wallets: 3, balances: 60 },
  { wallets: 3, balances: 2000 },
]

/**
 * The query of `wallets.list` as the server's role, held by row-level security and with the user named for each
 * statement, against the same query as a role that no policy holds, without naming anyone: all that keeping users
 * apart costs.
 */
export async function benchRls(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const url = bench.env.DATABASE_URL ?? ''
  const app = openDatabase({ url, poolSize: CONNECTIONS })
  const floor = openDatabase({ url: await createFloorRole(bench), poolSize: CONNECTIONS })
  try {
    await bench.database.pool.query(
      `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials)
       VALUES ('paper', 'Paper', 'binance', '[]')`,
    )
    // Others' rows are there, too: finding one's own among them is part of the work.
    for (let other = 0; other < 50; other += 1) await addUser(bench.database, { wallets: 3, balances: 300 })
    const figures: Figure[] = []
    for (const sizes of CASES) {
      const userId = await addUser(bench.database, sizes)
      figures.push(
        await compare({
          name: `wallets.list with row-level security, ${sizes.wallets} wallets and ${sizes.balances} balances`,
          unit: 'queries/s',
          target: 0.85,
          rounds: ROUNDS,
          ours: () => queriesPerSecond(() => listWalletsJson(app.asUser(userId), { userId })),
          floor: () => queriesPerSecond(() => listWalletsJson(floor.pool, { userId })),
        }),
      )
    }
    return figures
  } finally {
    await Promise.all([app.close(), floor.close()])
    await bench.stop()
  }
}

/** A role that may read what the server reads, and whom no policy holds. */
async function createFloorRole(bench: BenchDatabase): Promise<string> {
  const password = randomBytes(18).toString('base64url')
  await bench.database.pool.query(
    `CREATE ROLE bench_floor LOGIN BYPASSRLS PASSWORD '${password}';
     GRANT SELECT ON wallets, balances, exchanges TO bench_floor`,
  )
  const url = new URL(bench.url)
  url.username = 'bench_floor'
  url.password = password
  return url.href
}

async function addUser(database: Database, sizes: { wallets: number; balances: number }): Promise<string> {
  const userId = uuidv7()
  await database.pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [
    userId,
    `${userId}@bench.example`,
  ])
  await insertWallets(database, { userId, ...sizes })
  return userId
}

/** How often per second `query` is answered, with as many of them under way as there are connections. */
async function queriesPerSecond(query: () => Promise<string>): Promise<number> {
  const start = performance.now()
  const end = start + SECONDS * 1000
  let answers = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const json = await query()
        if (json === '[]') throw new Error('A query found nothing.')
        answers += 1
      }
    }),
  )
  return answers / ((performance.now() - start) / 1000)
}
