import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountTypesOf } from './account-types.ts'
import { keepCoinsApart } from './asset-codes.ts'
import { listExchanges } from './catalogue.ts'
import type { CcxtExchange } from './ccxt.ts'
import { openConnection } from './connection.ts'
import { toHoldings } from './normalize.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { type HeldRow, heldAnswers } from './testing/held-answers.ts'
import { type ReplayServer, startReplayServer } from './testing/replay-server.ts'

const ccxtIds = listExchanges().map(({ ccxtId }) => ccxtId)

let server: ReplayServer
let main: unknown
let before: Record<string, unknown> = {}
beforeAll(async () => {
  server = await startReplayServer()
  server.onAny(({ path }) => ({ body: before[path] ?? main }))
})
afterAll(() => server.close())

/** Runs something on an instance of the exchange whose main account holds these rows. */
async function withHeld<T>(options: {
  ccxtId: string
  rows: HeldRow[]
  run: (exchange: CcxtExchange, lastJson: () => unknown) => Promise<T>
}): Promise<T> {
  const { ccxtId, rows, run } = options
  const answer = heldAnswers[ccxtId]
  if (answer === undefined) throw new TypeError(`No answer of ${ccxtId} holds anything`)
  main = answer.write(rows)
  before = answer.before ?? {}
  const connection = openConnection({
    ...{ exchangeId: ccxtId, ccxtId, credentials: madeUpCredentials(ccxtId), baseUrl: server.url, paceMs: 0 },
  })
  try {
    return await connection.run(async (exchange) => {
      if (exchange.markets === undefined) exchange.setMarkets([])
      answer.prepare?.(exchange)
      return run(exchange, connection.lastJson)
    })
  } finally {
    connection.close()
  }
}

/** What the main account of an exchange is read as. */
function read(ccxtId: string, rows: HeldRow[]): Promise<ReturnType<typeof toHoldings>> {
  return withHeld({
    ...{ ccxtId, rows },
    run: async (exchange, lastJson) => {
      const [type] = accountTypesOf({ exchangeId: ccxtId, exchange })
      const stated = (await type?.read({ exchange, lastJson })) ?? []
      return toHoldings(keepCoinsApart(exchange, stated))
    },
  })
}

function held(id: unknown, free: number, used = 0): HeldRow {
  return { id, free: String(free), used: String(used), total: String(free + used) }
}

const onlyIn = (ccxtId: string): string | undefined => heldAnswers[ccxtId]?.only

/** Where ccxt reads less than is there, or something else; its word is no measure then. */
const misreadByCcxt: Record<string, string> = {
  bit2c: 'reads the currencies that it has built in alone',
  bitget: 'makes a sum of two parts of which one may be missing',
  bitteam: 'reads the objects by asset beside those of the sums',
  btcbox: 'reads the currencies of its markets alone',
  bullish: 'takes what is available for the total',
  coincheck: 'reads the currencies that it has built in alone',
  dydx: 'leaves out what is not free',
  hollaex: 'reads the currencies of its markets alone',
  kucoin: 'reads one kind of accounts, which each row names',
  kucoinfutures: 'is KuCoin, which asks elsewhere by default',
  latoken: 'reads one kind of accounts, which each row names',
  lighter: 'makes nothing of a sum with nothing',
  ndax: 'reads the products that it knows alone',
  paymium: 'reads the currencies that it has built in alone',
}

/** Names of all kinds. None is another one's old name: which is whose depends on the exchange. */
const ids = [
  ...['BTC', 'btc', 'USDT', 'usdt', 'Usdt', 'REPV2', 'SOL', '1INCH', 'DOT.S', 'X'.repeat(200)],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'info', 'free', 'used', 'total', 'key'],
  ...['A\u0000B', '\ud800', 'é', 'e\u0301', ' ', 'a b', '💰', "'; DROP TABLE balances --"],
]

/** What no exchange means by an amount. */
const noAmounts = [
  null,
  '',
  true,
  false,
  {},
  [],
  'abc',
  '0x10',
  ' 1',
  '1_000',
  '1,5',
  'NaN',
  'Infinity',
  '1e400',
]

/** Ids that differ in case name one coin, but for what every JavaScript object has. */
function coinOf({ id }: HeldRow): string {
  const name = String(id)
  return Object.hasOwn(Object.prototype, name) ? name : name.toUpperCase()
}

const amount = fc.integer({ min: 0, max: 1_000_000 })
const goodRow = fc
  .tuple(fc.constantFrom(...ids), amount, amount)
  .map(([id, free, used]) => held(id, free, used))
const badRow = fc
  .tuple(fc.constantFrom(...ids), fc.constantFrom(...noAmounts))
  .map(([id, wrong]) => ({ id, free: wrong, used: wrong, total: wrong }))

/** Rows as an exchange could write them: an asset that is a key of the answer stands there once. */
function writable(ccxtId: string, rows: HeldRow[]): HeldRow[] {
  if (heldAnswers[ccxtId]?.repeats !== false) return rows
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}

describe('every exchange', () => {
  it('has an answer in these tests that holds something', () => {
    expect(Object.keys(heldAnswers).sort()).toEqual([...ccxtIds].sort())
  })
})

describe.each(ccxtIds)('%s', (ccxtId) => {
  it('is read when the account holds something', async () => {
    const rows = [held(onlyIn(ccxtId) ?? 'ETH', 3, 2)]
    const { holdings, unread } = await read(ccxtId, rows)
    expect(holdings.map(({ asset, total }) => [asset, total])).toEqual([[onlyIn(ccxtId) ?? 'ETH', '5']])
    expect(unread).toEqual([])
    const { free, locked } = holdings[0] ?? {}
    expect([free, locked]).toEqual(heldAnswers[ccxtId]?.tellsLocked === false ? ['5', '0'] : ['3', '2'])
  })

  it.skipIf(ccxtId in misreadByCcxt)(
    'is read as ccxt reads it, if nothing is wrong with the answer',
    async () => {
      const asset = onlyIn(ccxtId) ?? 'ETH'
      const balance: unknown = await withHeld({
        ...{ ccxtId, rows: [held(asset, 3, 2)] },
        run: (exchange) => exchange.fetchBalance(),
      })
      expect(balance).toMatchObject({ [asset]: { total: expect.stringMatching(/^5(\.0+)?$/) } })
    },
  )

  it.skipIf(onlyIn(ccxtId) !== undefined)('loses nothing that is listed without telling it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 4, arbitrary: goodRow }, badRow), { maxLength: 12 }),
        async (some) => {
          const rows = writable(ccxtId, [held('ETH', 1, 1), ...some])
          const isBad = (row: HeldRow): boolean => !/^\d+$/.test(String(row.total))
          const bad = new Set(rows.filter(isBad).map(coinOf))
          const sums = new Map<string, number>()
          for (const row of rows.filter((one) => !bad.has(coinOf(one))))
            sums.set(coinOf(row), (sums.get(coinOf(row)) ?? 0) + Number(row.total))
          const { holdings, unread } = await read(ccxtId, rows)
          const totals = holdings.map(({ total }) => Number(total)).sort((a, b) => a - b)
          expect(totals).toEqual([...sums.values()].filter((sum) => sum > 0).sort((a, b) => a - b))
          expect(unread).toHaveLength(bad.size)
          expect(holdings.every(({ asset }) => asset !== 'undefined' && asset !== '')).toBe(true)
        },
      ),
      { numRuns: 6 },
    )
  })

  it('never passes over an asset without a name, or an account of which no amount is stated', async () => {
    const asset = onlyIn(ccxtId) ?? 'ETH'
    const { only, repeats, named } = heldAnswers[ccxtId] ?? {}
    const nameless = only === undefined && repeats !== false && named !== true ? [null, ''] : []
    for (const rows of [
      ...nameless.map((id) => [held('SOL', 1), held(id, 3, 2)]),
      [{ id: asset, free: null, used: '0', total: null }],
    ]) {
      const found = await read(ccxtId, rows).catch((error: unknown) => error)
      expect(found).toSatisfy(
        (result: { code?: string; unread?: unknown[] }) =>
          result.code === 'BAD_RESPONSE' || result.unread?.length === 1,
      )
    }
  })
})
