import { type Database, listWalletsJson, openDatabase, uuidv7 } from '@opentrade/db'
import { insertWallets, startBenchDatabase } from './database.ts'
import { compare, type Figure } from './measure.ts'

const CONNECTIONS = 10
const SECONDS = 2
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
          ours: () => queriesPerSecond(() => listWalletsJson(app.asUser(userId), { userId })),
          floor: () => queriesPerSecond(() => listWalletsJson(bench.database.pool, { userId })),
        }),
      )
    }
    return figures
  } finally {
    await app.close()
    await bench.stop()
  }
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
