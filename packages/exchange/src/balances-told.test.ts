import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAccount } from './account.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { publicPayloads } from './testing/public-payloads.ts'
import { type ReplayServer, startReplayServer } from './testing/replay-server.ts'
import type { AccountBalances, KeyCheck } from './types.ts'

let server: ReplayServer
beforeAll(async () => {
  server = await startReplayServer()
})
afterAll(() => server.close())
beforeEach(() => server.forget())

let opened = 0

/** An account at an exchange that answers these paths, and says that there is nothing at all others. */
function open(ccxtId: string, bodies: Record<string, unknown>) {
  opened += 1
  const at = `/${opened}`
  for (const [path, body] of Object.entries({ ...publicPayloads[ccxtId], ...bodies }))
    server.on(at + path, { body })
  return openAccount({
    ...{ exchangeId: ccxtId, ccxtId, credentials: madeUpCredentials(ccxtId) },
    ...{ baseUrl: server.url + at, paceMs: 0 },
  })
}

async function read(ccxtId: string, bodies: Record<string, unknown>): Promise<AccountBalances> {
  const account = open(ccxtId, bodies)
  try {
    return await account.fetchBalances()
  } finally {
    account.close()
  }
}

function lines({ holdings }: Pick<AccountBalances, 'holdings'>): string[] {
  return holdings.map(({ asset, free, locked, priceAsset }) =>
    [asset, free, locked, priceAsset === asset ? '' : `as ${priceAsset || 'nothing'}`].join(' ').trim(),
  )
}

function names({ unread }: AccountBalances): string[] {
  return unread.map(({ accountType, asset, reason }) => `${accountType} ${asset} ${reason}`)
}

type Balances = Record<string, { balance: unknown; hold_trade?: unknown }>

const listed = {
  aclass: 'currency',
  ...{ decimals: 10, display_decimals: 5, status: 'enabled' },
}

function kraken(result: Balances, assets: Record<string, object> = {}): Record<string, unknown> {
  return {
    '/0/private/BalanceEx': { error: [], result },
    '/0/public/Assets': {
      error: [],
      result: { XXBT: { ...listed, altname: 'XBT' }, REPV2: { ...listed, altname: 'REPV2' }, ...assets },
    },
  }
}

const binance = (balances: object[]): Record<string, unknown> => ({
  '/api/v3/account': { accountType: 'SPOT', balances },
})

const okx = (details: object[]): Record<string, unknown> => ({
  '/api/v5/account/balance': { code: '0', data: [{ details }] },
})

const gate = (rows: object[]): Record<string, unknown> => ({
  '/api/v4/account/detail': { user_id: 1, key: { mode: 1 } },
  '/api/v4/spot/accounts': rows,
})

describe('two ids that ccxt calls by one code', () => {
  it('keep apart what may be different coins, and the listed one keeps the code', async () => {
    const nothing = { balance: '0.0000000000', hold_trade: '0' }
    expect(
      lines(await read('kraken', kraken({ REPV2: { balance: '5', hold_trade: '0' }, XREP: nothing }))),
    ).toEqual(['REP 5 0'])
    expect(
      lines(
        await read(
          'kraken',
          kraken({ XREP: { balance: '3', hold_trade: '1' }, REPV2: { balance: '5', hold_trade: '0' } }),
        ),
      ),
    ).toEqual(['REP 5 0', 'XREP 2 1 as nothing'])
  })

  it('keep all apart if none of them is listed, or all are', async () => {
    const held = { REPV2: { balance: '5' }, XREP: { balance: '3' } }
    const both = { XREP: { ...listed, altname: 'XREP' } }
    for (const assets of [{ REPV2: { ...listed, altname: 'REPV2' }, ...both }]) {
      const balances = await read('kraken', kraken(held, assets))
      const total = balances.holdings.reduce((sum, holding) => sum + Number(holding.total), 0)
      expect([balances.holdings.length, total, balances.complete]).toEqual([2, 8, true])
    }
  })

  it('are added if they are names of one coin', async () => {
    expect(
      lines(
        await read(
          'okx',
          okx([
            { ccy: 'BTC', eq: '2', availEq: '2' },
            { ccy: 'XBT', eq: '0.1', availEq: '0.1' },
          ]),
        ),
      ),
    ).toEqual(['BTC 2.1 0'])
    expect(lines(await read('kraken', kraken({ XXBT: { balance: '1' }, XBT: { balance: '2' } })))).toEqual([
      'BTC 3 0',
    ])
    const rows = [
      { asset: 'usdt', free: '3', locked: '0' },
      { asset: 'USDT', free: '250', locked: '1' },
      { asset: 'BTC', free: '1', locked: '0' },
      { asset: 'BTC', free: '2', locked: '0' },
    ]
    expect(lines(await read('binance', binance(rows)))).toEqual(['BTC 3 0', 'USDT 253 1'])
  })
})

describe('an asset of which no amount can be read', () => {
  it.each([null, '', true, {}, undefined])(
    'is told by name if %s is stated, and the others are read',
    async (none) => {
      const usdt = 'USDT 250 0'
      const found = [
        await read(
          'binance',
          binance([
            { asset: 'BTC', free: none, locked: '0' },
            { asset: 'USDT', free: '250', locked: '0' },
          ]),
        ),
        await read(
          'gate',
          gate([
            { currency: 'BTC', available: none, locked: '0' },
            { currency: 'USDT', available: '250', locked: '0' },
          ]),
        ),
        await read(
          'okx',
          okx([
            { ccy: 'BTC', eq: none, availEq: none, cashBal: none, availBal: none, frozenBal: '0' },
            { ccy: 'USDT', eq: '250', availEq: '250' },
          ]),
        ),
        await read(
          'kraken',
          kraken({ BTC: { balance: none, hold_trade: '0' }, USDT: { balance: '250', hold_trade: '0' } }),
        ),
      ]
      for (const balances of found) {
        expect(lines(balances)).toEqual([usdt])
        expect(balances).toMatchObject({ complete: false, failed: [], unread: [{ asset: 'BTC' }] })
      }
    },
  )

  it.each(['0x10', '0b1', 'Infinity', ' 1', '1_000', '1,000', '١'])(
    'is told if %s is stated',
    async (free) => {
      const balances = await read(
        'binance',
        binance([
          { asset: 'BTC', free, locked: '0' },
          { asset: 'USDT', free: '+1', locked: '0' },
        ]),
      )
      expect(lines(balances)).toEqual(['USDT 1 0'])
      expect(names(balances)).toEqual(['spot BTC not-a-number'])
    },
  )

  it('is told if it is less than nothing where nothing is lent, and a debt elsewhere stays one', async () => {
    const usdt = { asset: 'USDT', free: '250', locked: '0' }
    for (const row of [
      { free: '5', locked: '-7' },
      { free: '-5', locked: '0' },
    ]) {
      const balances = await read('binance', binance([{ asset: 'BTC', ...row }, usdt]))
      expect([lines(balances), names(balances)]).toEqual([['USDT 250 0'], ['spot BTC not-a-number']])
    }
    expect(lines(await read('okx', okx([{ ccy: 'USDT', eq: '-40', availEq: '0' }])))).toEqual(['USDT -40 0'])
  })

  it('is told if it has more than 60 digits, and leaves nothing else in doubt', async () => {
    const raw = `{"balances":[{"asset":"SCAM","free":1e400,"locked":"0"},{"asset":"USDT","free":"250","locked":"0"}]}`
    const balances = await read('binance', { '/api/v3/account': raw })
    expect(lines(balances)).toEqual(['USDT 250 0'])
    expect(balances).toMatchObject({ complete: true, unread: [{ asset: 'SCAM', reason: 'too-large' }] })
  })
})

describe('names that JavaScript objects have', () => {
  it.each(['__proto__', 'constructor', 'toString', 'valueOf'])(
    'are assets like any other: %s',
    async (name) => {
      const own = JSON.parse(`{"${name}":{"balance":"1","hold_trade":"0"},"USDT":{"balance":"250"}}`)
      const found = [
        await read(
          'gate',
          gate([
            { currency: name, available: '1', locked: '0' },
            { currency: 'USDT', available: '250', locked: '0' },
          ]),
        ),
        await read(
          'binance',
          binance([
            { asset: name, free: '1', locked: '0' },
            { asset: 'USDT', free: '250', locked: '0' },
          ]),
        ),
        await read(
          'okx',
          okx([
            { ccy: name, eq: '1', availEq: '1' },
            { ccy: 'USDT', eq: '250', availEq: '250' },
          ]),
        ),
        await read('kraken', kraken(own)),
      ]
      for (const balances of found)
        expect(lines(balances).sort()).toEqual(['USDT 250 0', `${name} 1 0`].sort())
      expect(Object.hasOwn(Object.prototype, 'free')).toBe(false)
    },
  )

  it.each(['', null])(
    'are not missing: an asset named %s with an amount is none that can be read',
    async (name) => {
      const account = open(
        'gate',
        gate([
          { currency: name, available: '1', locked: '0' },
          { currency: 'USDT', available: '2', locked: '0' },
        ]),
      )
      await expect(account.fetchBalances()).rejects.toMatchObject({ code: 'BAD_RESPONSE' })
      account.close()
    },
  )
})

describe('exchanges whose currencies ccxt has built in', () => {
  it.each([
    [
      'bit2c',
      '/Account/Balance/v2',
      '{"AVAILABLE_NIS":10.0,"NIS":10.0,"LOCKED_NIS":0.0,"AVAILABLE_BTC":1.5,"BTC":2.0,"LOCKED_BTC":0.5,"Fees":{"BtcNis":{"FeeMaker":1.0}}}',
      ['BTC 1.5 0.5', 'NIS 10 0'],
    ],
    [
      'coincheck',
      '/api/accounts/balance',
      '{"success":true,"jpy":"100.5","btc":"1.5","jpy_reserved":"0","btc_reserved":"0.5","btc_lent":"0.25","btc_debt":"0"}',
      ['BTC 1.5 0.75', 'JPY 100.5 0'],
    ],
    [
      'paymium',
      '/api/v1/user',
      '{"name":"BC-U","balance_btc":"2.5","locked_btc":"0.5","balance_eur":"10.0","locked_eur":"0.0"}',
      ['BTC 2.5 0.5', 'EUR 10 0'],
    ],
  ])('are read: %s', async (ccxtId, path, body, expected) => {
    expect(lines(await read(ccxtId, { [path]: body }))).toEqual(expected)
  })
})

describe('CoinSpot', () => {
  const readOnly = { status: 'ok', balances: [{ LTC: { balance: 0.1, audbalance: 16.59, rate: 165.95 } }] }

  async function check(bodies: Record<string, unknown>): Promise<KeyCheck> {
    const account = open('coinspot', bodies)
    try {
      return await account.checkKey()
    } finally {
      account.close()
    }
  }

  it.each([
    ['has no such path', {}],
    ['refuses the key', { '/api/my/balances': { status: 'error', message: 'invalid key' } }],
  ])('lets a read-only key read where full access %s, and the key is known to be one', async (_, refusal) => {
    const found = await check({ ...refusal, '/api/ro/my/balances': readOnly })
    expect(found.holdings).toMatchObject([{ asset: 'LTC', total: '0.1' }])
    expect(found.rights).toMatchObject({ read: 'yes', trade: 'no', withdraw: 'no', transfer: 'no' })
  })

  it('asks a key with full access once, and knows nothing of its rights', async () => {
    const found = await check({ '/api/my/balances': { status: 'ok', balance: { ltc: 0.1 } } })
    expect(found.holdings).toMatchObject([{ asset: 'LTC', total: '0.1' }])
    expect(found.rights).toMatchObject({ trade: 'unverified', withdraw: 'unverified' })
    expect(server.seen.filter(({ path }) => path.endsWith('/ro/my/balances'))).toEqual([])
  })

  it('refuses a key in its own words if it lets it read nowhere', async () => {
    const refused = { status: 'error', message: 'Invalid API key' }
    await expect(
      check({ '/api/my/balances': refused, '/api/ro/my/balances': refused }),
    ).rejects.toMatchObject({
      code: 'INVALID_KEY',
    })
  })
})
