import { createHmac } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAccount } from './account.ts'
import { ExchangeError } from './exchange-error.ts'
import { publicPayloads } from './testing/public-payloads.ts'
import { type ReplayedExchange, refusalOf, startReplayedExchange } from './testing/replayed-exchange.ts'

let binance: ReplayedExchange
beforeEach(async () => {
  binance = await startReplayedExchange('binance')
})
afterEach(() => binance.server.close())

/** An account of the paper exchange: spot, funding and savings. */
function paper(options: Parameters<ReplayedExchange['open']>[0] = {}) {
  return binance.open({ exchangeId: 'paper', ccxtId: 'binance', ...options })
}

describe('a body that does not come', () => {
  it.each([['headers'], ['body']] as const)('ends at our deadline when it hangs at the %s', async (hang) => {
    binance.server.on(binance.main, { hang, body: { balances: [] } })
    const error = await refusalOf(paper({ deadlineMs: 80 }).fetchBalances())
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true, keyFault: false })
  })

  it('ends when the account is closed', async () => {
    binance.server.on(binance.main, { hang: 'body', body: { balances: [] } })
    const account = paper()
    const refusal = refusalOf(account.fetchBalances())
    await expect.poll(() => binance.server.count(binance.main)).toBe(1)
    account.close()
    expect((await refusal).code).toBe('UNAVAILABLE')
  })

  it('is unavailable when the connection drops in the middle', async () => {
    binance.server.on(binance.main, { cut: true, body: { balances: [{ asset: 'BTC' }] } })
    expect((await refusalOf(paper().fetchBalances())).code).toBe('UNAVAILABLE')
  })

  it('is refused when it is larger than any account', async () => {
    binance.server.on(binance.main, { body: JSON.stringify({ balances: [], padding: ' '.repeat(9 << 20) }) })
    expect((await refusalOf(paper().fetchBalances())).code).toBe('BAD_RESPONSE')
  })

  it('is unavailable when nobody listens', async () => {
    const account = paper()
    await account.fetchBalances()
    await binance.server.close()
    expect((await refusalOf(account.fetchBalances())).code).toBe('UNAVAILABLE')
    binance = await startReplayedExchange('binance')
  })
})

describe('a redirect', () => {
  it('is not followed', async () => {
    binance.server.on(binance.main, { status: 302, headers: { location: `${binance.server.url}/elsewhere` } })
    const error = await refusalOf(paper().fetchBalances())
    expect(error.code).toBe('BAD_RESPONSE')
    expect(binance.server.count('/elsewhere')).toBe(0)
  })
})

describe('being asked too often', () => {
  const tooMany = { code: -1003, msg: 'Too many requests.' }

  it('carries when to come back, from the header', async () => {
    const clock = (): number => 1_763_800_000_000
    binance.server.on(binance.main, { status: 429, headers: { 'retry-after': '70' }, body: tooMany })
    const error = await refusalOf(paper({ clock }).fetchBalances())
    expect(error).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAt: new Date(clock() + 70_000),
    })
  })

  it('holds back everyone at that exchange and address, without another request', async () => {
    binance.server.on(binance.main, { status: 429, headers: { 'retry-after': '70' }, body: tooMany })
    await refusalOf(paper().fetchBalances())
    const other = paper({ credentials: { apiKey: 'another-key', secret: 'another-secret' } })
    const error = await refusalOf(other.fetchBalances())
    expect(error.code).toBe('RATE_LIMITED')
    expect(error.retryAt?.getTime()).toBeGreaterThan(Date.now() + 60_000)
    expect(binance.server.count(binance.main)).toBe(1)
  })
})

describe('markets', () => {
  const path = '/api/v3/exchangeInfo'

  it('are loaded once for all accounts, without credentials', async () => {
    const accounts = Array.from({ length: 5 }, (_, user) =>
      paper({ credentials: { apiKey: `key-${user}`, secret: 'secret' } }),
    )
    await Promise.all(accounts.map((account) => account.fetchBalances()))
    await paper().fetchBalances()
    expect(binance.server.count(path)).toBe(1)
    expect(binance.server.count(binance.main)).toBe(6)
    expect(binance.server.count('/sapi/v1/capital/config/getall')).toBe(0)
    for (const request of binance.server.seen.filter((seen) => seen.path === path)) {
      expect(request.headers['x-mbx-apikey']).toBeUndefined()
      expect(request.query.has('signature')).toBe(false)
    }
  })

  it('are loaded again after an hour, and yesterday’s serve while the exchange is down', async () => {
    let now = Date.now()
    const clock = (): number => now
    await paper({ clock }).fetchBalances()
    now += 3_600_000
    await paper({ clock }).fetchBalances()
    expect(binance.server.count(path)).toBe(2)
    now += 3_600_000
    binance.server.on(path, { status: 503 })
    await expect(paper({ clock }).fetchBalances()).resolves.toMatchObject({ complete: true })
    expect(binance.server.count(path)).toBe(3)
  })

  it('of an answer without any do not replace those from before, and serve for a minute', async () => {
    let now = Date.now()
    const clock = (): number => now
    const body = publicPayloads.binance?.[path]
    binance.server.on(path, { body: { symbols: [] } })
    await paper({ clock }).fetchBalances()
    now += 60_000
    binance.server.on(path, { body })
    await paper({ clock }).fetchBalances()
    expect(binance.server.count(path)).toBe(2)
    now += 3_600_000
    binance.server.on(path, { body: { symbols: [] } })
    const { holdings } = await paper({ clock }).fetchBalances()
    expect(binance.server.count(path)).toBe(3)
    // LDBTC is told from an asset of that name by the markets.
    expect(holdings.map(({ asset }) => asset)).not.toContain('LDBTC')
  })

  it('are tried again after a failure', async () => {
    const good = binance.server.on
    let failing = true
    const body = { symbols: [], timezone: 'UTC' }
    good(path, () => (failing ? { status: 503 } : { body }))
    expect((await refusalOf(paper().fetchBalances())).code).toBe('UNAVAILABLE')
    failing = false
    await expect(paper().fetchBalances()).resolves.toMatchObject({ complete: true })
  })
})

describe('the clock', () => {
  it('is corrected by the time of the exchange, with a window of 10 s', async () => {
    const exchangeTime = Date.parse('2026-11-22T12:00:00Z')
    const late = exchangeTime - 3_600_000
    binance.server.on('/api/v3/time', { body: { serverTime: exchangeTime } })
    await paper({ clock: () => late }).fetchBalances()
    const signed = binance.server.seen.find((request) => request.path === binance.main)
    expect(Number(signed?.query.get('timestamp'))).toBe(exchangeTime)
    expect(signed?.query.get('recvWindow')).toBe('10000')
  })

  it('is measured once more if it was set after the markets were loaded', async () => {
    let exchangeTime = Date.parse('2026-11-22T12:00:00Z')
    const clock = (): number => Date.parse('2026-11-22T12:00:00Z')
    binance.server.on('/api/v3/time', () => ({ body: { serverTime: exchangeTime } }))
    binance.server.on(binance.main, ({ query }) =>
      Math.abs(Number(query.get('timestamp')) - exchangeTime) < 10_000
        ? { body: { balances: [] } }
        : {
            status: 400,
            body: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' },
          },
    )
    await paper({ clock }).fetchBalances()
    exchangeTime += 600_000
    await expect(paper({ clock }).fetchBalances()).resolves.toMatchObject({ complete: true })
  })

  it('is told to be wrong if that does not help', async () => {
    binance.server.on(binance.main, { status: 400, body: { code: -1021, msg: 'Timestamp' } })
    const error = await refusalOf(paper().fetchBalances())
    expect(error).toMatchObject({ code: 'CLOCK_SKEW', keyFault: false, retryable: true })
    expect(binance.server.count(binance.main)).toBe(2)
  })
})

describe('account types', () => {
  it('that fail make the result incomplete and are named, and the others stay true', async () => {
    binance.server.on('/sapi/v1/asset/get-funding-asset', { body: '<html>' })
    binance.server.on('/sapi/v1/margin/account', { status: 500 })
    const { complete, failed, holdings } = await binance.open().fetchBalances()
    expect(complete).toBe(false)
    expect(failed).toEqual([
      {
        accountType: 'funding',
        error: { code: 'BAD_RESPONSE', message: expect.stringContaining('Binance') },
      },
      { accountType: 'margin', error: { code: 'UNAVAILABLE', message: expect.stringContaining('Binance') } },
    ])
    expect(holdings.some(({ accountType }) => accountType === 'spot')).toBe(true)
  })

  it('that the person does not have, or did not open to the key, are left out', async () => {
    binance.server.on('/sapi/v1/margin/account', {
      status: 400,
      body: { code: -3003, msg: 'Margin account does not exist.' },
    })
    binance.server.on('/sapi/v1/margin/isolated/account', {
      status: 400,
      body: { code: -11001, msg: 'Isolated margin account does not exist.' },
    })
    binance.server.on('/sapi/v1/asset/get-funding-asset', {
      status: 401,
      body: { code: -1002, msg: 'You are not authorized to execute this request.' },
    })
    // Binance's word for a key without the right, given to a key that it has just accepted.
    binance.server.on('/fapi/v3/account', {
      status: 401,
      body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' },
    })
    const { complete, failed, holdings } = await binance.open().fetchBalances()
    expect({ complete, failed }).toEqual({ complete: true, failed: [] })
    expect(new Set(holdings.map(({ accountType }) => accountType))).toEqual(new Set(['spot', 'earn']))
  })

  it('that many do not have are left out whatever the refusal is called, and others are not', async () => {
    const refusal = { status: 400, body: { code: -9, msg: 'Something of which we never heard.' } }
    binance.server.on('/dapi/v1/account', refusal)
    expect(await binance.open().fetchBalances()).toMatchObject({
      complete: true,
      absent: [{ accountType: 'coin-futures' }],
    })
    binance.server.on('/sapi/v1/margin/account', refusal)
    expect(await binance.open().fetchBalances()).toMatchObject({
      complete: false,
      failed: [{ accountType: 'margin', error: { code: 'BAD_RESPONSE' } }],
    })
  })

  it('keep savings that only the spot account lists, if the savings cannot be read', async () => {
    for (const kind of ['flexible', 'locked'])
      binance.server.on(`/sapi/v1/simple-earn/${kind}/position`, { status: 500 })
    const { holdings } = await binance.open().fetchBalances()
    expect(holdings.filter(({ accountType }) => accountType === 'earn')).toEqual([
      { accountType: 'earn', asset: 'LDBTC', priceAsset: 'BTC', free: '0.25', locked: '0', total: '0.25' },
    ])
  })

  it('keep them as well if only the locked savings can be read', async () => {
    binance.server.on('/sapi/v1/simple-earn/flexible/position', { status: 404, body: {} })
    const { holdings } = await binance.open().fetchBalances()
    expect(
      holdings.filter(({ accountType }) => accountType === 'earn').map(({ asset, total }) => [asset, total]),
    ).toEqual([
      ['BTC', '0.75'],
      ['LDBTC', '0.25'],
    ])
  })

  it('are all read page by page', async () => {
    const row = (index: number): object => ({ asset: 'BTC', totalAmount: '1', productId: String(index) })
    binance.server.on('/sapi/v1/simple-earn/flexible/position', ({ query }) => ({
      body: {
        rows: Array.from({ length: query.get('current') === '3' ? 7 : 100 }, (_, index) => row(index)),
        total: 207,
      },
    }))
    binance.server.on('/sapi/v1/simple-earn/locked/position', { body: { rows: [], total: 0 } })
    const { holdings } = await binance.open().fetchBalances()
    expect(holdings.find(({ accountType }) => accountType === 'earn')?.total).toBe('207')
  })

  it('are not read in part if there are more pages than are asked for', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ asset: 'BTC', amount: '1', positionId: index }))
    binance.server.on('/sapi/v1/simple-earn/locked/position', { body: { rows, total: 100_000 } })
    const { failed, complete } = await binance.open().fetchBalances()
    expect({ failed, complete }).toMatchObject({
      complete: false,
      failed: [{ accountType: 'earn', error: { code: 'BAD_RESPONSE' } }],
    })
  })

  it('are told one by one while they are read', async () => {
    const told: string[] = []
    await binance.open().fetchBalances({
      onProgress: ({ accountType, done, of }) => told.push(`${accountType} ${done}/${of}`),
    })
    expect(told).toEqual([
      'spot 0/8',
      'funding 1/8',
      'earn 2/8',
      'earn 3/8',
      'margin 4/8',
      'isolated-margin 5/8',
      'futures 6/8',
      'coin-futures 7/8',
    ])
  })
})

describe('credentials', () => {
  it('sign what is sent', async () => {
    await paper({ credentials: { apiKey: 'some-key', secret: 'some-secret' } }).fetchBalances()
    const signed = binance.server.seen.find((request) => request.path === binance.main)
    const query = new URLSearchParams(signed?.query)
    const signature = query.get('signature')
    query.delete('signature')
    expect(signed?.headers['x-mbx-apikey']).toBe('some-key')
    expect(signature).toBe(createHmac('sha256', 'some-secret').update(query.toString()).digest('hex'))
  })

  it('of users who are read at the same time are never mixed', async () => {
    binance.server.on(binance.main, ({ headers }) => ({
      body: { balances: [{ asset: 'BTC', free: String(headers['x-mbx-apikey']).slice(4), locked: '0' }] },
    }))
    const read = await Promise.all(
      Array.from({ length: 40 }, async (_, user) => {
        const account = paper({ credentials: { apiKey: `key-${user + 1}`, secret: `secret-${user}` } })
        const { holdings } = await account.fetchBalances()
        account.close()
        return holdings.find(({ accountType }) => accountType === 'spot')?.total
      }),
    )
    expect(read).toEqual(Array.from({ length: 40 }, (_, user) => String(user + 1)))
  })

  it('are gone after close, and no call works any more', async () => {
    const account = paper()
    await account.fetchBalances()
    account.close()
    binance.server.forget()
    expect(await refusalOf(account.fetchBalances())).toBeInstanceOf(ExchangeError)
    await refusalOf(account.checkKey())
    expect(binance.server.seen).toEqual([])
  })

  it('that cannot sign are told apart from those that the exchange refuses', async () => {
    const coinbase = await startReplayedExchange('coinbase')
    const account = coinbase.open({
      credentials: {
        apiKey: 'organizations/1/apiKeys/2',
        secret: '-----BEGIN EC PRIVATE KEY-----\nnonsense',
      },
    })
    const error = await refusalOf(account.fetchBalances())
    expect(error).toMatchObject({ code: 'INVALID_SIGNATURE', keyFault: true })
    expect(error.message).toContain('PEM key from BEGIN to END')
    expect(coinbase.server.count(coinbase.main)).toBe(0)
    await coinbase.server.close()
  })
})

describe('the base URL', () => {
  it('does not change what is signed: Coinbase signs its own host', async () => {
    const coinbase = await startReplayedExchange('coinbase')
    await coinbase.open().fetchBalances()
    const bearer = coinbase.server.seen.find((request) => request.path === coinbase.main)?.headers
      .authorization
    const claims: unknown = JSON.parse(Buffer.from(bearer?.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ uri: 'GET api.coinbase.com/api/v3/brokerage/accounts' })
    await coinbase.server.close()
  })

  it('is needed for the paper exchange, which has no address of its own', () => {
    const open = (): unknown =>
      openAccount({ exchangeId: 'paper', ccxtId: 'binance', credentials: { apiKey: 'k', secret: 's' } })
    expect(open).toThrow('The paper exchange is not running here.')
  })

  it.each([
    'ftp://a.test',
    'a.test',
    'http://user@a.test',
    'http://a.test/?x=1',
    'http://a.test/#x',
    'javascript:1',
  ])('is refused if it is %s', (baseUrl) => {
    expect(() => paper({ baseUrl })).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }))
  })
})

/** Bytes in use once nothing is left to collect. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('many accounts', () => {
  it('leave no memory behind', async () => {
    const readSome = async (from: number): Promise<void> => {
      for (let user = from; user < from + 150; user += 1) {
        const account = paper({ credentials: { apiKey: `key-${user}`, secret: 'secret' } })
        await account.fetchBalances()
        account.close()
      }
      binance.server.forget()
    }
    await readSome(0)
    const before = heapInUse()
    await readSome(1000)
    // Instances of ccxt that stayed would be 150 times a quarter of a megabyte.
    expect(heapInUse() - before).toBeLessThan(3e6)
  })
})
