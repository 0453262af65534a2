import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAccount } from './account.ts'
import { layouts } from './account-places.ts'
import { accountTypesOf } from './account-types.ts'
import stored from './catalogue.json' with { type: 'json' }
import { listExchanges, paperExchange } from './catalogue.ts'
import { createExchange, describeExchanges } from './ccxt.ts'
import { openConnection } from './connection.ts'
import { ExchangeError } from './exchange-error.ts'
import { openMarketData } from './market-data.ts'
import { rebaseUrl } from './rebase.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { type ReplayServer, startReplayServer } from './testing/replay-server.ts'
import { refusalOf } from './testing/replayed-exchange.ts'

const exchanges = listExchanges()

/** Exchanges whose credentials have a form of their own (curves, encodings): made-up ones do not sign. */
const ownForms = ['backpack', 'gemini', 'lbank', 'modetrade', 'revolutx', 'woofipro']

/** Those that ask for more than balances on the way to them, or sign in. */
const asksFirst = [...ownForms, 'bittrade', 'bullish', 'coinbaseinternational', 'grvt', 'ndax', 'paradex']

/** Those whose first request is a public one, or that are asked by the address of a wallet. */
const signsElsewhere = [...ownForms, 'lighter', 'paradex']

function noError(): null {
  return null
}

function asExchangeError(error: unknown): ExchangeError {
  if (error instanceof ExchangeError) return error
  throw error
}

/** What some say beside the account when all is well, without which ccxt takes the answer for an error. */
const wellWords: Record<string, object> = {
  bitbank: { success: 1 },
  bydfi: { code: 200 },
  cryptocom: { code: 0 },
  deepcoin: { code: '0' },
  digifinex: { code: 0 },
}

/** The smallest answer that has nothing at a place. */
function emptyAt(place: string): unknown {
  const keys = place
    .replace(/(\[\]|\{\})$/, '')
    .split('.')
    .filter(Boolean)
  const none: unknown = place.endsWith('{}') ? {} : []
  return keys.reduceRight((inner, key) => ({ [key]: inner }), none)
}

function stringsIn(tree: unknown): string[] {
  if (typeof tree === 'string') return [tree]
  return typeof tree === 'object' && tree !== null ? Object.values(tree).flatMap(stringsIn) : []
}

describe('the catalogue', () => {
  it('is what ccxt holds (`pnpm run catalogue` writes it anew)', async () => {
    expect(stored).toEqual(await describeExchanges())
  })

  it('has every exchange once, sorted by name, with at least one field each', () => {
    expect(exchanges.length).toBeGreaterThan(100)
    expect(new Set(exchanges.map(({ exchangeId }) => exchangeId)).size).toBe(exchanges.length)
    expect(new Set(exchanges.map(({ exchangeName }) => exchangeName)).size).toBe(exchanges.length)
    for (const exchange of exchanges) {
      expect(exchange.requiredCredentials.length, exchange.exchangeId).toBeGreaterThan(0)
      expect(exchange.exchangeId.length).toBeLessThanOrEqual(50)
      expect(exchange.exchangeName.length).toBeLessThanOrEqual(100)
    }
    const names = exchanges.map(({ exchangeName }) => exchangeName)
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')))
  })

  it('uses the words of the exchange', () => {
    const okx = exchanges.find(({ exchangeId }) => exchangeId === 'okx')
    expect(okx?.requiredCredentials.map(({ name, label, secret }) => [name, label, secret])).toEqual([
      ['apiKey', 'API key', false],
      ['secret', 'Secret key', true],
      ['password', 'Passphrase', true],
    ])
  })

  it('has the paper exchange apart', () => {
    expect(exchanges.some(({ exchangeId }) => exchangeId === paperExchange.exchangeId)).toBe(false)
    expect(paperExchange).toMatchObject({
      exchangeId: 'paper',
      exchangeName: 'Paper exchange',
      ccxtId: 'binance',
    })
    expect(paperExchange.requiredCredentials.map(({ name }) => name)).toEqual(['apiKey', 'secret'])
  })
})

describe('every exchange', () => {
  let server: ReplayServer
  let body = ''
  beforeAll(async () => {
    server = await startReplayServer()
  })
  beforeEach(() => server.onAny(() => ({ body })))
  afterAll(() => server.close())

  it.each(exchanges.map(({ ccxtId }) => ccxtId))(
    '%s is made anew for each use, and leaves its hosts with a base URL',
    async (ccxtId) => {
      const hooks = {
        clock: () => 1_763_800_000_000,
        timeoutMs: 1000,
        send: () => Promise.reject(new Error('nothing is sent here')),
        schedule: <T>(_weight: number, task: () => Promise<T>) => task(),
        nextNonce: (nonce: number) => nonce,
        sawJson: () => {},
      }
      const credentials = madeUpCredentials(ccxtId)
      const first = await createExchange({ ccxtId, credentials, hooks })
      const second = await createExchange({ ccxtId, credentials: {}, hooks })
      expect(first.checkRequiredCredentials(false)).toBe(true)
      expect([second.apiKey, second.secret, second.privateKey].filter(Boolean)).toEqual([])
      expect(first.options).not.toBe(second.options)
      expect(first.milliseconds()).toBe(1_763_800_000_000)
      const urls = stringsIn(first.urls.api)
      expect(urls.length).toBeGreaterThan(0)
      for (const url of urls)
        expect(rebaseUrl(url, 'http://127.0.0.1:9')).toMatch(/^http:\/\/127\.0\.0\.1:9(\/|$)/)
    },
  )

  /** What the main account of an exchange holds if every request is answered with the body. */
  async function readMain(ccxtId: string): Promise<unknown> {
    const connection = openConnection({
      exchangeId: ccxtId,
      ccxtId,
      credentials: madeUpCredentials(ccxtId),
      baseUrl: `${server.url}/{host}`,
      paceMs: 0,
    })
    try {
      return await connection.run(async (exchange) => {
        exchange.setMarkets([])
        const [main] = accountTypesOf({ exchangeId: ccxtId, exchange })
        return main?.read({ exchange, lastJson: connection.lastJson })
      })
    } finally {
      connection.close()
    }
  }

  it.each(exchanges.map(({ ccxtId }) => ccxtId).filter((ccxtId) => !ownForms.includes(ccxtId)))(
    '%s never takes an answer without an account for zero balances',
    async (ccxtId) => {
      const bodies = [
        '<html>Just a moment</html>',
        '',
        '{"a":[1,',
        '{}',
        '"ok"',
        'null',
        '{"x":[{"y":{}}]}',
        '[7]',
      ]
      for (body of bodies) {
        expect(await refusalOf(readMain(ccxtId)), `${ccxtId} ${body}`).toMatchObject({
          keyFault: false,
          retryable: true,
        })
      }
    },
  )

  const refusals = [
    { status: 401, body: { message: 'Unauthorized' } },
    { status: 403, body: { message: 'Forbidden' } },
    { status: 403, body: { code: '50111', msg: 'Invalid API key' } },
  ]

  it.each(exchanges.map(({ ccxtId }) => ccxtId))(
    '%s never blames a key for its answer to a request without one',
    async (ccxtId) => {
      for (const refusal of refusals) {
        const common = { exchangeId: ccxtId, ccxtId, baseUrl: `${server.url}/{host}`, paceMs: 0 }
        server.onAny(() => refusal)
        server.forget()
        const market = openMarketData(common)
        for (const asked of [market.fetchMarkets(), market.fetchTickers()]) {
          const error = await asked.then(noError, asExchangeError)
          if (error?.code !== 'CREDENTIALS_MISSING')
            expect(error?.keyFault ?? false, error?.message).toBe(false)
          expect(error?.refusesKey ?? false).toBe(false)
        }
        const publicPaths = new Set(server.seen.map(({ path }) => path))
        const account = openAccount({ ...common, credentials: madeUpCredentials(ccxtId) })
        const error = await account.fetchBalances().then(noError, asExchangeError)
        account.close()
        if (publicPaths.has(server.seen.at(-1)?.path ?? ''))
          expect(error).toMatchObject({ code: 'UNAVAILABLE', keyFault: false, refusesKey: false })
      }
    },
  )

  it.each(exchanges.map(({ ccxtId }) => ccxtId).filter((ccxtId) => !signsElsewhere.includes(ccxtId)))(
    '%s refuses a key by its answer to a request that carried it',
    async (ccxtId) => {
      for (const refusal of refusals) {
        server.onAny(() => refusal)
        expect(await refusalOf(readMain(ccxtId))).toMatchObject({ keyFault: true, refusesKey: true })
      }
    },
  )

  it.each(
    Object.entries(layouts).flatMap(([ccxtId, { place }]) =>
      typeof place === 'string' && place !== '{}' && !asksFirst.includes(ccxtId) ? [[ccxtId, place]] : [],
    ),
  )('%s takes an account without assets for one (%s)', async (ccxtId = '', place = '') => {
    const empty = emptyAt(place.split('[].')[0] ?? '')
    body = JSON.stringify(Array.isArray(empty) ? empty : Object.assign({}, wellWords[ccxtId], empty))
    await expect(readMain(ccxtId)).resolves.toEqual([])
  })
})
