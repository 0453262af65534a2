import { afterAll, describe, expect, it } from 'vitest'
import { createExchange } from './ccxt.ts'
import { readRights, unverifiedRights } from './rights.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { type ReplayedExchange, refusalOf, startReplayedExchange } from './testing/replayed-exchange.ts'
import type { KeyCheck, Rights } from './types.ts'

const exchanges = new Map<string, Promise<ReplayedExchange>>()

function replayed(ccxtId: string): Promise<ReplayedExchange> {
  const known = exchanges.get(ccxtId) ?? startReplayedExchange(ccxtId)
  exchanges.set(ccxtId, known)
  return known
}

afterAll(async () => {
  for (const exchange of exchanges.values()) await (await exchange).server.close()
})

const noHooks = {
  clock: Date.now,
  timeoutMs: 1000,
  send: () => Promise.reject(new Error('nothing is sent here')),
  schedule: <T>(_weight: number, task: () => Promise<T>) => task(),
  nextNonce: (nonce: number) => nonce,
  sawJson: () => {},
}

const paths: Record<string, string> = {
  binance: '/sapi/v1/account/apiRestrictions',
  bybit: '/v5/user/query-api',
  okx: '/api/v5/account/config',
  kucoin: '/api/v1/user/api-key',
  kraken: '/0/private/GetApiKeyInfo',
  coinbase: '/api/v3/brokerage/key_permissions',
  gate: '/api/v4/account/main_keys',
  bitget: '/api/v2/spot/account/info',
  bitfinex: '/v2/auth/r/permissions',
}

async function checkOf(ccxtId: string, body: unknown): Promise<KeyCheck> {
  const { server, open } = await replayed(ccxtId)
  server.on(paths[ccxtId] ?? '', { body })
  return open().checkKey()
}

async function rightsOf(ccxtId: string, body: unknown): Promise<Rights> {
  const { server, open } = await replayed(ccxtId)
  server.on(paths[ccxtId] ?? '', { body })
  return (await open().checkKey()).rights
}

const unknown = { trade: 'unverified', withdraw: 'unverified', transfer: 'unverified' }

const binance = {
  ipRestrict: true,
  enableReading: true,
  enableWithdrawals: false,
  enableInternalTransfer: false,
  permitsUniversalTransfer: false,
  enableMargin: false,
  enableFutures: false,
  enableSpotAndMarginTrading: false,
}
const bybit = (permissions: object, more: object = {}): unknown => ({
  retCode: 0,
  result: {
    readOnly: 1,
    permissions,
    ips: ['*'],
    expiredAt: '2027-02-15T03:21:05Z',
    unified: 0,
    uta: 1,
    ...more,
  },
})
const okx = (perm: unknown, ip: unknown = ''): unknown => ({ code: '0', data: [{ perm, ip }] })
const kucoin = (permission: unknown, ipWhitelist: unknown = ''): unknown => ({
  code: '200000',
  data: { permission, ipWhitelist },
})
const kraken = (permissions: unknown, more: object = {}): unknown => ({
  error: [],
  result: { permissions, ...more },
})
const key = madeUpCredentials('gate').apiKey

type Case = [exchange: string, name: string, body: unknown, rights: Partial<Rights>]

const cases: Case[] = [
  [
    'binance',
    'a key that only reads',
    binance,
    { trade: 'no', withdraw: 'no', transfer: 'no', ipRestricted: 'yes' },
  ],
  ['binance', 'a key that withdraws', { ...binance, enableWithdrawals: true }, { withdraw: 'yes' }],
  ['binance', 'a key that transfers', { ...binance, permitsUniversalTransfer: true }, { transfer: 'yes' }],
  [
    'binance',
    'a key that trades until a day',
    { ...binance, enableSpotAndMarginTrading: true, tradingAuthorityExpirationTime: 1798761600000 },
    { trade: 'yes', expiresAt: '2027-01-01T00:00:00.000Z' },
  ],
  [
    'binance',
    'a missing field',
    { ...binance, enableWithdrawals: undefined, enableFutures: undefined },
    { withdraw: 'unverified', trade: 'unverified' },
  ],
  ['binance', 'a field of another kind', { ...binance, enableWithdrawals: 0 }, { withdraw: 'unverified' }],
  [
    'bybit',
    'a key that only reads',
    bybit({ Wallet: [], Spot: [] }),
    {
      trade: 'no',
      withdraw: 'no',
      transfer: 'no',
      ipRestricted: 'no',
      expiresAt: '2027-02-15T03:21:05.000Z',
    },
  ],
  [
    'bybit',
    'a key that does all',
    bybit(
      { Wallet: ['AccountTransfer', 'Withdraw'], Spot: ['SpotTrade'] },
      { readOnly: 0, ips: ['1.2.3.4'] },
    ),
    { trade: 'yes', withdraw: 'yes', transfer: 'yes', ipRestricted: 'yes' },
  ],
  ['bybit', 'a scope that we do not know', bybit({ Wallet: ['Teleport'] }), { withdraw: 'unverified' }],
  ['bybit', 'no wallet scopes', bybit({}), { withdraw: 'unverified', transfer: 'unverified' }],
  ['okx', 'a key that only reads', okx('read_only'), { trade: 'no', withdraw: 'no', ipRestricted: 'no' }],
  [
    'okx',
    'a key that does all',
    okx('read_only,trade, withdraw', '1.2.3.4'),
    { trade: 'yes', withdraw: 'yes', ipRestricted: 'yes' },
  ],
  ['okx', 'a scope that we do not know', okx('read_only,sweep'), unknown as Partial<Rights>],
  ['okx', 'no scopes', okx('', null), { ...(unknown as Partial<Rights>), ipRestricted: 'unverified' }],
  [
    'kucoin',
    'a key that only reads',
    kucoin('General'),
    { trade: 'no', withdraw: 'no', transfer: 'no', ipRestricted: 'no' },
  ],
  [
    'kucoin',
    'a key that withdraws',
    kucoin('General,Spot,Transfer', '1.2.3.4'),
    { trade: 'yes', withdraw: 'yes', transfer: 'yes', ipRestricted: 'yes' },
  ],
  [
    'kucoin',
    'a key that transfers inside',
    kucoin('General,InnerTransfer'),
    { withdraw: 'no', transfer: 'yes' },
  ],
  [
    'kraken',
    'a key that only reads',
    kraken(['query-funds'], { ipAllowlist: [], validUntil: '0' }),
    { trade: 'no', withdraw: 'no', ipRestricted: 'no', expiresAt: null },
  ],
  [
    'kraken',
    'a key that withdraws',
    kraken(['query-funds', 'withdraw-funds'], { ipAllowlist: ['1.2.3.4'], validUntil: '1798761600' }),
    { withdraw: 'yes', ipRestricted: 'yes', expiresAt: '2027-01-01T00:00:00.000Z' },
  ],
  [
    'kraken',
    'a scope that we do not know',
    kraken(['query-funds', 'brand-new']),
    { withdraw: 'unverified', trade: 'unverified' },
  ],
  [
    'coinbase',
    'a key that only reads',
    { can_view: true, can_trade: false, can_transfer: false },
    { trade: 'no', withdraw: 'no', ipRestricted: 'unverified' },
  ],
  [
    'coinbase',
    'a key that transfers',
    { can_view: true, can_trade: true, can_transfer: true },
    { trade: 'yes', withdraw: 'yes', transfer: 'yes' },
  ],
  [
    'gate',
    'a key that only reads',
    {
      perms: [
        { name: 'spot', read_only: true },
        { name: 'wallet', read_only: true },
      ],
      ip_whitelist: [],
    },
    { trade: 'no', withdraw: 'no', ipRestricted: 'no' },
  ],
  [
    'gate',
    'one key among several',
    [
      { key: 'x', perms: [] },
      { key, perms: [{ name: 'wallet', read_only: false }], ip_whitelist: ['1.2.3.4'] },
    ],
    { withdraw: 'yes', ipRestricted: 'yes' },
  ],
  ['gate', 'no wallet right', { perms: [{ name: 'spot', read_only: true }] }, { withdraw: 'unverified' }],
  [
    'bitget',
    'codes that prove nothing',
    { code: '00000', data: { authorities: ['coor'], ips: '' } },
    { withdraw: 'unverified', ipRestricted: 'no' },
  ],
  [
    'bitfinex',
    'a key that only reads',
    [
      ['orders', 1, 0],
      ['withdraw', 0, 0],
      ['wallets', 1, 0],
    ],
    { trade: 'no', withdraw: 'no', transfer: 'no' },
  ],
  [
    'bitfinex',
    'a key that withdraws',
    [
      ['orders', 1, 1],
      ['withdraw', 0, 1],
    ],
    { trade: 'yes', withdraw: 'yes', transfer: 'unverified' },
  ],
]

describe('rights', () => {
  it.each(cases)('%s: %s', async (ccxtId, _name, body, rights) => {
    expect(await rightsOf(ccxtId, body)).toMatchObject({ read: 'yes', ...rights })
  })

  it.each(Object.keys(paths))(
    'of %s are unverified, never "no", when the call says nothing',
    async (ccxtId) => {
      for (const body of ['<html>', '{}', '[]', '{"result":null,"data":[]}']) {
        const rights = await rightsOf(ccxtId, body).catch((error: unknown) => error)
        // Bybit asks the same call for the kind of account, and without it cannot read the balance either.
        if (ccxtId === 'bybit' && rights instanceof Error) continue
        expect(rights).toMatchObject(unknown)
      }
    },
  )

  it('are unverified where the exchange has no call that can be trusted', async () => {
    const { open } = await replayed('mexc')
    expect((await open().checkKey()).rights).toEqual({
      ...unknown,
      read: 'yes',
      ipRestricted: 'unverified',
      expiresAt: null,
    })
  })

  it('are unverified at a site that speaks the language of another one and lacks its call', async () => {
    const exchange = await createExchange({ ccxtId: 'toobit', credentials: {}, hooks: noHooks })
    expect(await readRights(exchange)).toEqual({ rights: unverifiedRights, accountId: null })
  })

  it('are not asked of a key that the exchange refuses', async () => {
    const { server, main, open } = await replayed('binance')
    server.forget()
    server.on(main, {
      status: 401,
      body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' },
    })
    expect((await refusalOf(open().checkKey())).code).toBe('INVALID_KEY')
    expect(server.count(paths.binance ?? '')).toBe(0)
  })
})

describe('the account behind a key', () => {
  it.each([
    ['bybit', bybit({ Wallet: [] }, { userID: 24617703 }), '24617703'],
    [
      'okx',
      { code: '0', data: [{ perm: 'read_only', ip: '', uid: '44705892343619584' }] },
      '44705892343619584',
    ],
    ['kucoin', { code: '200000', data: { permission: 'General', uid: 165111215 } }, '165111215'],
    ['kraken', kraken(['query-funds'], { iban: 'AA77 N84G WOKT HGYT' }), 'AA77 N84G WOKT HGYT'],
    ['coinbase', { can_view: true, portfolio_uuid: '5ed7cdcd-d4bd' }, '5ed7cdcd-d4bd'],
    [
      'gate',
      [
        { key: 'x', user_id: 1 },
        { key, user_id: 110284739, perms: [] },
      ],
      '110284739',
    ],
    ['bitget', { code: '00000', data: { userId: '8812354875', authorities: [] } }, '8812354875'],
  ])('is told by %s with the rights', async (ccxtId, body, accountId) => {
    expect((await checkOf(ccxtId, body)).accountId).toBe(accountId)
  })

  it('is told by Binance with the balances, so that it is known even when the rights are not', async () => {
    const { server, main, open } = await replayed('binance')
    server.on(main, { body: { uid: 354937868, balances: [{ asset: 'BTC', free: '0.5', locked: '0.1' }] } })
    server.on(paths.binance ?? '', { status: 500, body: 'oops' })
    const check = await open().checkKey()
    expect(check).toMatchObject({
      accountId: '354937868',
      rightsError: { code: 'UNAVAILABLE', retryable: true },
      holdings: [{ accountType: 'spot', asset: 'BTC', free: '0.5', locked: '0.1', total: '0.6' }],
    })
    expect(check.rights).toMatchObject({ ...unknown, read: 'yes' })
  })

  it('is not made up where the exchange names none', async () => {
    const nameless: [string, unknown][] = [
      ['bybit', bybit({ Wallet: [] }, { userID: 0 })],
      ['okx', okx('read_only')],
      ['kucoin', { code: '200000', data: { permission: 'General', uid: { id: 1 } } }],
      ['bitfinex', [['orders', 1, 0]]],
    ]
    for (const [ccxtId, body] of nameless) {
      expect(await checkOf(ccxtId, body), ccxtId).toMatchObject({ accountId: null, rightsError: null })
    }
  })
})
