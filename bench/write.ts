import { replaceBalances, uuidv7 } from '@opentrade/db'
import { insertWallets, startBenchDatabase } from './database.ts'
import { compare, type Figure } from './measure.ts'

const ROWS = 500
const REPEATS = 20

const BARE = `
  INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total, usd_value, usd_price,
                        price_source, priced_at)
  SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[],
                               $9::numeric[], $10::text[], $11::timestamptz[])
  ON CONFLICT (user_id, wallet_id, account_type, asset) DO UPDATE
    SET free = excluded.free, locked = excluded.locked, total = excluded.total, usd_value = excluded.usd_value,
        usd_price = excluded.usd_price, price_source = excluded.price_source, priced_at = excluded.priced_at,
        updated_at = now()`

/** Replacing a wallet's 500 balances, all of them changed, against one bare upsert of the same rows. */
export async function benchWrite(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  try {
    const { pool } = bench.database
    const userId = uuidv7()
    await pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [userId, 'writer@bench.example'])
    await pool.query(
      `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials)
       VALUES ('paper', 'Paper exchange', 'binance', '[]') ON CONFLICT DO NOTHING`,
    )
    const [walletId = '', bareWalletId = ''] = await insertWallets(bench.database, {
      userId,
      wallets: 2,
      balances: 2,
    })
    let turn = 0

    async function rate(write: (rows: Row[]) => Promise<unknown>): Promise<number> {
      await pool.query('VACUUM balances')
      const start = process.hrtime.bigint()
      for (let repeat = 0; repeat < REPEATS; repeat += 1) {
        turn += 1
        await write(rowsOf(turn))
      }
      return (ROWS * REPEATS) / (Number(process.hrtime.bigint() - start) / 1e9)
    }

    return [
      await compare({
        name: `replace ${ROWS} balances that all changed`,
        unit: 'rows/s',
        target: 0.9,
        ours: () =>
          rate((rows) =>
            bench.database.withUserSql(userId, (client) =>
              replaceBalances(client, { userId, walletId, rows }),
            ),
          ),
        floor: () =>
          rate((rows) =>
            bench.database.withUserSql(userId, (client) =>
              client.query({ name: 'bare', text: BARE, values: [userId, bareWalletId, ...columnsOf(rows)] }),
            ),
          ),
      }),
    ]
  } finally {
    await bench.stop()
  }
}

type Row = Parameters<typeof replaceBalances>[1]['rows'][number]

function rowsOf(turn: number): Row[] {
  const pricedAt = new Date()
  return Array.from({ length: ROWS }, (_, index) => ({
    accountType: 'spot',
    asset: `A${index}`,
    free: `${turn}.${index + 1}`,
    locked: '1',
    total: `${turn + 1}.${index + 1}`,
    usdValue: `${turn * 3}.5`,
    usdPrice: '2.5',
    priceSource: 'paper A/USDT',
    pricedAt,
  }))
}

function columnsOf(rows: Row[]): unknown[] {
  return [
    rows.map((row) => row.accountType),
    rows.map((row) => row.asset),
    rows.map((row) => row.free),
    rows.map((row) => row.locked),
    rows.map((row) => row.total),
    rows.map((row) => row.usdValue),
    rows.map((row) => row.usdPrice),
    rows.map((row) => row.priceSource),
    rows.map((row) => row.pricedAt),
  ]
}
