import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sign } from './signature.ts'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

const START = Date.UTC(2026, 10, 20, 8)
const ACCOUNT = '/api/v3/account'

let time = START
let venue: TestVenue

beforeAll(async () => {
  venue = await createTestVenue({ clock: () => time })
})
afterAll(() => venue.close())

async function restricted(rights: Record<string, unknown>): Promise<TestAccount> {
  const account = await venue.openAccount('rights')
  const answer = await venue.admin('POST', `/paper/keys/${account.apiKey}`, rights)
  expect(answer.status).toBe(200)
  return account
}

const trade = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: '100' }
const rejected = { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' }

describe('a request', () => {
  it('without a key, or with one that cannot be one, has a malformed key', async () => {
    const keys: Record<string, string>[] = [
      {},
      { 'X-MBX-APIKEY': 'short' },
      { 'X-MBX-APIKEY': '!'.repeat(64) },
    ]
    for (const headers of keys) {
      const answer = await venue.get(`${ACCOUNT}?timestamp=${time}&signature=00`, headers)
      expect(answer).toMatchObject({ status: 401, json: { code: -2014, msg: 'API-key format invalid.' } })
    }
  })

  it('with an unknown key is refused', async () => {
    const account = { accountId: 0, apiKey: 'k'.repeat(64), secret: 's' }
    expect(await venue.call({ account, path: ACCOUNT })).toMatchObject({ status: 401, json: rejected })
  })

  it('without timestamp or signature is told which is missing', async () => {
    const { apiKey } = await venue.openAccount('rights')
    const headers = { 'X-MBX-APIKEY': apiKey }
    const code = -1102
    const message = (name: string) =>
      `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`
    expect((await venue.get(ACCOUNT, headers)).json).toEqual({ code, msg: message('timestamp') })
    const unsigned = await venue.get(`${ACCOUNT}?timestamp=${time}`, headers)
    expect(unsigned).toMatchObject({ status: 400, json: { code, msg: message('signature') } })
  })

  it.each<[Record<string, string>, number, string]>([
    [{ timestamp: String(START + 1_000) }, -1021, "1000ms ahead of the server's time."],
    [{ timestamp: String(START - 5_001) }, -1021, 'outside of the recvWindow.'],
    [{ timestamp: String(START - 100), recvWindow: '99' }, -1021, 'outside of the recvWindow.'],
    [{ recvWindow: '60001' }, -1131, 'must be less than 60000'],
    [{ timestamp: 'now' }, -1100, "parameter 'timestamp'; legal range is"],
    [{ recvWindow: '1.2345' }, -1100, "parameter 'recvWindow'"],
  ])('with %o is refused for its time', async (parameters, code, message) => {
    time = START
    const account = await venue.openAccount('rights')
    const answer = await venue.call({ account, path: ACCOUNT, parameters })
    expect(answer).toMatchObject({ status: 400, json: { code, msg: expect.stringContaining(message) } })
  })

  it.each<Record<string, string>>([
    { timestamp: String(START + 999) },
    { timestamp: String(START - 5_000) },
    { timestamp: String(START - 60_000), recvWindow: '60000' },
    { timestamp: String(START * 1_000) },
    { recvWindow: '5000.125' },
  ])('with %o is in time', async (parameters) => {
    time = START
    const account = await venue.openAccount('rights')
    expect((await venue.call({ account, path: ACCOUNT, parameters })).status).toBe(200)
  })

  it('may be signed over query and body together, with the signature in either', async () => {
    const account = await venue.openAccount('rights')
    const query = `symbol=BTCUSDT&side=BUY&timestamp=${time}`
    const body = 'type=MARKET&quoteOrderQty=100'
    const signature = sign(query + body, account.secret)
    const headers = {
      'X-MBX-APIKEY': account.apiKey,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const inQuery = await fetch(`${venue.url}/api/v3/order/test?${query}&signature=${signature}`, {
      method: 'POST',
      headers,
      body,
    })
    expect(await inQuery.json()).toEqual({})
    const inBody = await fetch(`${venue.url}/api/v3/order/test?${query}`, {
      method: 'POST',
      headers,
      body: `${body}&signature=${signature}`,
    })
    expect(await inBody.json()).toEqual({})
    const changed = await fetch(`${venue.url}/api/v3/order/test?${query}&signature=${signature}`, {
      method: 'POST',
      headers,
      body: `${body}0`,
    })
    expect(await changed.json()).toEqual({ code: -1022, msg: 'Signature for this request is not valid.' })
  })
})

describe('a key', () => {
  it('without the right to trade reads and cannot trade', async () => {
    const account = await restricted({ enableSpotAndMarginTrading: false })
    expect(await venue.call({ account, path: ACCOUNT })).toMatchObject({
      status: 200,
      json: { canTrade: false },
    })
    const order = await venue.call({ account, method: 'POST', path: '/api/v3/order', parameters: trade })
    expect(order).toMatchObject({ status: 401, json: rejected })
  })

  it('without the right to read reads nothing', async () => {
    const account = await restricted({ enableReading: false })
    expect((await venue.call({ account, path: ACCOUNT })).json).toEqual(rejected)
  })

  it('bound to other addresses is refused, and works from its own', async () => {
    const account = await restricted({ ipRestrict: true, ipWhitelist: ['10.1.2.3'] })
    expect((await venue.call({ account, path: ACCOUNT })).json).toEqual(rejected)
    await venue.admin('POST', `/paper/keys/${account.apiKey}`, { ipWhitelist: ['10.1.2.3', '127.0.0.1'] })
    const path = '/sapi/v1/account/apiRestrictions'
    expect((await venue.call({ account, path })).json).toMatchObject({ ipRestrict: true })
  })

  it('stops trading when that right runs out, and working when it expires', async () => {
    time = START
    const account = await restricted({
      tradingAuthorityExpirationTime: START + 1_000,
      expiresAt: START + 2_000,
      enableWithdrawals: true,
    })
    const rights = await venue.call({ account, path: '/sapi/v1/account/apiRestrictions' })
    expect(rights.json).toMatchObject({
      enableWithdrawals: true,
      tradingAuthorityExpirationTime: START + 1_000,
    })
    const place = () => venue.call({ account, method: 'POST', path: '/api/v3/order/test', parameters: trade })
    expect((await place()).status).toBe(200)
    time = START + 1_000
    expect((await place()).json).toEqual(rejected)
    expect((await venue.call({ account, path: ACCOUNT })).status).toBe(200)
    time = START + 2_000
    expect((await venue.call({ account, path: ACCOUNT })).json).toEqual(rejected)
    time = START
  })

  it('that was deleted opens nothing, while another of the account still does', async () => {
    const account = await venue.openAccount('rights')
    const other = await venue.openAccount('rights')
    expect(other.accountId).toBe(account.accountId)
    expect((await venue.admin('DELETE', `/paper/keys/${account.apiKey}`)).status).toBe(200)
    expect((await venue.call({ account, path: ACCOUNT })).json).toEqual(rejected)
    expect((await venue.call({ account: other, path: ACCOUNT })).status).toBe(200)
    expect((await venue.admin('DELETE', `/paper/keys/${account.apiKey}`)).status).toBe(404)
  })

  it('never takes money out, whatever its rights', async () => {
    const parameters = { coin: 'BTC', address: 'somewhere', amount: '0.1' }
    const withdraw = (account: TestAccount) =>
      venue.call({ account, method: 'POST', path: '/sapi/v1/capital/withdraw/apply', parameters })
    expect((await withdraw(await venue.openAccount('rights'))).json).toMatchObject({ code: -1002 })
    expect((await withdraw(await restricted({ enableWithdrawals: true }))).json).toMatchObject({
      code: -4019,
    })
  })

  it('is nowhere in the database, and neither is its secret', async () => {
    const account = await venue.openAccount('rights')
    for (const table of ['venue', 'accounts', 'api_keys', 'balances', 'orders', 'trades']) {
      const { rows } = await venue.database.pool.query(
        `SELECT row_to_json(t)::text AS row FROM paper.${table} t`,
      )
      const dump = rows.map(({ row }) => row).join('\n')
      expect(dump).not.toContain(account.apiKey)
      expect(dump).not.toContain(account.secret)
    }
  })
})
