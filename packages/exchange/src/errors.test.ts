import { afterAll, describe, expect, it } from 'vitest'
import { readAnswer } from './answers.ts'
import { listExchanges } from './catalogue.ts'
import { knownErrors } from './error-codes.ts'
import { cleanDetail, toExchangeError } from './errors.ts'
import type { ExchangeError, ExchangeErrorCode } from './exchange-error.ts'
import { siblings } from './siblings.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { type ReplayedExchange, refusalOf, startReplayedExchange } from './testing/replayed-exchange.ts'

const exchanges = new Map<string, Promise<ReplayedExchange>>()

function replayed(ccxtId: string): Promise<ReplayedExchange> {
  const known = exchanges.get(ccxtId) ?? startReplayedExchange(ccxtId)
  exchanges.set(ccxtId, known)
  return known
}

afterAll(async () => {
  for (const exchange of exchanges.values()) await (await exchange).server.close()
})

type Case = [exchange: string, status: number, body: unknown, code: ExchangeErrorCode]

const kraken = (error: string): unknown => ({ error: [error] })
const coinbase = (message: string): unknown => ({ errors: [{ id: 'authentication_error', message }] })
const page = (title: string, text: string): string =>
  `<html><head><title>${title}</title></head><body>${text}</body></html>`
const cloudFront = 'The Amazon CloudFront distribution is configured to block access from your country.'

/** Those that ccxt's classes tell wrong are marked with the class. */
const cases: Case[] = [
  ['binance', 401, { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' }, 'INVALID_KEY'], // DDoSProtection after one good call
  ['binance', 400, { code: -1022, msg: 'Signature for this request is not valid.' }, 'INVALID_SIGNATURE'],
  ['binance', 400, { code: -2014, msg: 'API-key format invalid.' }, 'INVALID_KEY'],
  ['binance', 429, { code: -1003, msg: 'Too many requests.' }, 'RATE_LIMITED'],
  ['binance', 418, '', 'RATE_LIMITED'],
  [
    'binance',
    503,
    { code: -1008, msg: 'Server is currently overloaded with other requests.' },
    'UNAVAILABLE',
  ], // ExchangeError
  ['binance', 503, { msg: 'System is under maintenance.' }, 'MAINTENANCE'],
  ['binance', 403, '<html>403 Forbidden</html>', 'UNAVAILABLE'],
  ['binance', 502, '<html>Bad Gateway</html>', 'UNAVAILABLE'],
  ['binance', 504, '', 'TIMEOUT'],
  ['mexc', 400, { code: 10072, msg: 'Api key info invalid' }, 'INVALID_KEY'], // BadRequest
  ['mexc', 400, { code: 700002, msg: 'Signature for this request is not valid.' }, 'INVALID_SIGNATURE'],
  ['mexc', 400, { code: 700006, msg: 'IP [127.0.0.1] not in the ip white list' }, 'IP_NOT_ALLOWED'],
  ['kraken', 200, kraken('EAPI:Invalid key'), 'INVALID_KEY'],
  ['kraken', 200, kraken('EAPI:Invalid signature'), 'INVALID_SIGNATURE'], // ExchangeError
  ['kraken', 200, kraken('EAPI:Invalid nonce'), 'KEY_IN_USE_ELSEWHERE'], // InvalidNonce is a NetworkError
  ['kraken', 200, kraken('EAPI:Invalid nonce:1700000000000'), 'KEY_IN_USE_ELSEWHERE'],
  ['kraken', 200, kraken('EAPI:Rate limit exceeded'), 'RATE_LIMITED'],
  ['kraken', 200, kraken('EGeneral:Permission denied'), 'PERMISSION_MISSING'],
  ['kraken', 200, kraken('EService:Unavailable'), 'UNAVAILABLE'],
  ['kucoin', 200, { code: '429000', msg: 'Too many requests' }, 'RATE_LIMITED'], // ExchangeError
  ['kucoin', 200, { code: '400004', msg: 'Invalid KC-API-PASSPHRASE' }, 'PASSPHRASE_MISSING'],
  ['kucoin', 200, { code: '400003', msg: 'KC-API-KEY not exists' }, 'INVALID_KEY'],
  ['kucoin', 200, { code: '400005', msg: 'Invalid KC-API-SIGN' }, 'INVALID_SIGNATURE'],
  ['kucoin', 200, { code: '400006', msg: 'The IP address is not in the API whitelist' }, 'IP_NOT_ALLOWED'],
  [
    'gate',
    403,
    { label: 'REQUEST_EXPIRED', message: 'gap between request time and server time' },
    'CLOCK_SKEW',
  ], // AuthenticationError
  ['gate', 401, { label: 'INVALID_KEY', message: 'Invalid key provided' }, 'INVALID_KEY'],
  ['gate', 401, { label: 'INVALID_SIGNATURE', message: 'Signature mismatch' }, 'INVALID_SIGNATURE'],
  ['gate', 403, { label: 'IP_FORBIDDEN', message: 'IP is not in whitelist' }, 'IP_NOT_ALLOWED'],
  [
    'okx',
    401,
    { code: '50105', msg: 'Request header OK-ACCESS-PASSPHRASE incorrect.', data: [] },
    'PASSPHRASE_MISSING',
  ],
  [
    'okx',
    401,
    { code: '50110', msg: 'Your IP is not included in your API key IP whitelist.', data: [] },
    'IP_NOT_ALLOWED',
  ],
  // Real words for an address that is not on the list, under the code of a missing right.
  [
    'gate',
    403,
    { label: 'FORBIDDEN', message: 'Request IP is not in the whitelist: 192.0.2.1' },
    'IP_NOT_ALLOWED',
  ],
  ['gate', 403, { label: 'FORBIDDEN', message: 'API key does not have permission' }, 'PERMISSION_MISSING'],
  ['okx', 502, '<html><h1>Under maintenance</h1></html>', 'MAINTENANCE'],
  ['bybit', 403, '403, access too frequent', 'RATE_LIMITED'],
  ['okx', 401, { code: '50111', msg: 'Invalid OK-ACCESS-KEY', data: [] }, 'INVALID_KEY'],
  ['okx', 503, { code: '50001', msg: 'Service temporarily unavailable', data: [] }, 'MAINTENANCE'],
  ['bybit', 200, { retCode: 10003, retMsg: 'API key is invalid.', result: {} }, 'INVALID_KEY'],
  ['bybit', 200, { retCode: 10004, retMsg: 'error sign!', result: {} }, 'INVALID_SIGNATURE'],
  ['bybit', 200, { retCode: 10010, retMsg: 'Unmatched IP', result: {} }, 'IP_NOT_ALLOWED'],
  ['bybit', 200, { retCode: 10005, retMsg: 'Permission denied', result: {} }, 'PERMISSION_MISSING'],
  ['bitget', 400, { code: '40037', msg: 'Apikey does not exist', data: null }, 'INVALID_KEY'],
  ['bitget', 400, { code: '40018', msg: 'Invalid IP', data: null }, 'IP_NOT_ALLOWED'],
  ['bitfinex', 500, ['error', 10100, 'apikey: invalid'], 'INVALID_KEY'],
  ['bitfinex', 500, ['error', 10100, 'apikey: digest invalid'], 'INVALID_SIGNATURE'],
  ['bitfinex', 500, ['error', 10114, 'nonce: small'], 'KEY_IN_USE_ELSEWHERE'],
  ['bitfinex', 500, ['error', 11010, 'ratelimit: error'], 'RATE_LIMITED'],
  ['coinbase', 401, 'Unauthorized', 'INVALID_KEY'],
  ['coinbase', 401, coinbase('request timestamp expired'), 'CLOCK_SKEW'],
  ['coinbase', 401, coinbase('invalid signature'), 'INVALID_SIGNATURE'],
  ['coinbase', 401, coinbase('invalid api key'), 'INVALID_KEY'],
  ['bybit', 403, page('403 Forbidden', 'access too frequent'), 'RATE_LIMITED'],
  ['okx', 403, page('Error 1015', 'You are being rate limited'), 'RATE_LIMITED'],
  ['okx', 403, page('403 Forbidden', ''), 'UNAVAILABLE'],
  ['okx', 401, page('401 Authorization Required', 'nginx'), 'UNAVAILABLE'],
  // A word in a script is none that a person reads.
  ['okx', 403, '<html><script>var a = "rate limit"</script><h1>403 Forbidden</h1></html>', 'UNAVAILABLE'],
  ['bybit', 403, page('ERROR', cloudFront), 'RESTRICTED_LOCATION'],
  ['okx', 403, 'error code: 1009', 'RESTRICTED_LOCATION'],
  ['okx', 403, 'error code: 1020', 'UNAVAILABLE'],
  [
    'binance',
    451,
    { code: 0, msg: `Service unavailable from a restricted location.` },
    'RESTRICTED_LOCATION',
  ],
  ['binance', 451, '', 'RESTRICTED_LOCATION'],
  ['bybit', 200, { retCode: 10024, retMsg: 'Compliance rules triggered' }, 'RESTRICTED_LOCATION'],
  ['kucoin', 200, { code: '400302', msg: 'Unavailable in the U.S.' }, 'RESTRICTED_LOCATION'],
  // A gateway that fails names its own region.
  ['okx', 503, page('503', 'The service is unavailable in region eu-west-1'), 'UNAVAILABLE'],
  [
    'coinbase',
    403,
    { error: 'PERMISSION_DENIED', error_details: 'Missing required scopes' },
    'PERMISSION_MISSING',
  ],
]

describe('an answer of the exchange', () => {
  it.each(cases)('%s %i %j is %s', async (ccxtId, status, body, code) => {
    // What pauses the requests to one server is asked of one of its own.
    const own = code === 'RATE_LIMITED' ? await startReplayedExchange(ccxtId) : null
    const { server, main, open } = own ?? (await replayed(ccxtId))
    server.on(main, { status, body })
    const error = await refusalOf(open().fetchBalances()).finally(() => own?.server.close())
    expect(error.code).toBe(code)
    expect(error.exchangeId).toBe(ccxtId)
    expect(error.message).toMatch(/^[A-Z].+\.$/)
  })

  it.each([
    ['bybit', 600_000],
    ['okx', 60_000],
  ])(
    'pauses everything at %s for %i ms if its page says that it was asked too often',
    async (ccxtId, pause) => {
      const { server, main, open } = await startReplayedExchange(ccxtId)
      const now = Date.now()
      server.on(main, { status: 403, body: page('403 Forbidden', 'access too frequent') })
      const clock = (): number => now
      expect(await refusalOf(open({ clock }).fetchBalances())).toMatchObject({
        code: 'RATE_LIMITED',
        retryAt: new Date(now + pause),
      })
      if (pause > 60_000) {
        server.forget()
        const other = { ...madeUpCredentials(ccxtId), apiKey: 'another-key-of-another-person' }
        expect(await refusalOf(open({ credentials: other }).fetchBalances())).toMatchObject({
          code: 'RATE_LIMITED',
        })
        expect(server.seen).toEqual([])
      }
      await server.close()
    },
  )

  it('is told the same after a good call of the same account', async () => {
    const { server, main, open } = await replayed('binance')
    const account = open()
    server.on(main, { body: { balances: [] } })
    await account.fetchBalances()
    server.on(main, {
      status: 401,
      body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' },
    })
    expect(await refusalOf(account.fetchBalances())).toMatchObject({ code: 'INVALID_KEY', keyFault: true })
  })

  it('names the exchange and says what to do', async () => {
    const { server, main, open } = await replayed('okx')
    server.on(main, { status: 401, body: { code: '50110', msg: 'IP', data: [] } })
    expect((await refusalOf(open().fetchBalances())).message).toBe(
      "OKX refused the key: this IP address is not on its allow list. Add this server's address to the key's list, or make a key without one.",
    )
  })

  it('never puts a credential, a signature or a URL into the error', async () => {
    const { server, main, open } = await replayed('binance')
    server.on(main, ({ query, headers }) => ({
      status: 400,
      body: {
        code: -9,
        msg: `${headers['x-mbx-apikey']} https://x.test/?signature=${query.get('signature')} ${query.get('signature')}`,
      },
    }))
    const error = await refusalOf(open().fetchBalances())
    const told = JSON.stringify({ ...error, message: error.message, stack: error.stack })
    expect(told).not.toMatch(/canary|signature=|https?:\/\/|[0-9a-f]{64}/)
    expect(error.detail).toContain('-9')
  })
})

/** What we make of an answer that ccxt made nothing of. */
async function errorOf(o: {
  ccxtId: string
  body: unknown
  status?: number
  carriesKey?: boolean
}): Promise<ExchangeError> {
  const { ccxtId, body, status = 400, carriesKey = true } = o
  const response = {
    status,
    statusText: '',
    headers: {},
    text: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
    arrayBuffer: async () => new ArrayBuffer(0),
  }
  const read = async (): Promise<never> => {
    throw new Error('what ccxt makes of it')
  }
  const error: unknown = await readAnswer({ response, carriesKey, read, sawJson: () => {} }).catch(
    (caught: unknown) => caught,
  )
  return toExchangeError({ error, exchangeId: ccxtId, ccxtId, now: 0, credentials: { apiKey: 'k' } })
}

/** Exchanges without a table of codes: their words are taken apart. */
const spoken: [body: unknown, code: ExchangeErrorCode][] = [
  [{ error: { name: 'invalid_access_key', message: 'x' } }, 'INVALID_KEY'],
  [{ error: { name: 'no_authorization_ip', message: 'x' } }, 'IP_NOT_ALLOWED'],
  [{ error: { name: 'NotAllowIP', message: 'x' } }, 'IP_NOT_ALLOWED'],
  [{ error: { name: 'jwt_verification', message: 'x' } }, 'INVALID_SIGNATURE'],
  [{ error: { name: 'out_of_scope', message: 'x' } }, 'PERMISSION_MISSING'],
  [{ status: 'error', reason: 'Invalid signature', code: 'API0005' }, 'INVALID_SIGNATURE'],
  [{ status: 'error', reason: 'IP address not allowed', code: 'API0002' }, 'IP_NOT_ALLOWED'],
  [{ result: 'error', reason: 'InvalidNonce', message: 'x' }, 'KEY_IN_USE_ELSEWHERE'],
  [{ success: 0, error: 'nonce not incremented' }, 'KEY_IN_USE_ELSEWHERE'],
  [{ success: false, error: 'Nonce must be incremented' }, 'KEY_IN_USE_ELSEWHERE'],
  [{ result: 'error', error: 'nonceBelowThreshold' }, 'KEY_IN_USE_ELSEWHERE'],
  [{ error: { name: 'nonce_used', message: 'x' } }, 'KEY_IN_USE_ELSEWHERE'],
  [{ reason: 'InvalidNonce', message: 'The nonce must be within 30 seconds of server time' }, 'CLOCK_SKEW'],
  [
    {
      code: 227,
      message: 'tonce check error, correct tonce should be within one minute of the current time',
    },
    'CLOCK_SKEW',
  ],
  [{ code: 2098, message: 'Request out of receiving window.' }, 'CLOCK_SKEW'],
  [{ status: -500, error_message: 'Invalid timestamp', data: null }, 'CLOCK_SKEW'],
  [{ status: -500, error_message: 'IP address is not allowed', data: null }, 'IP_NOT_ALLOWED'],
  [{ result: false, errormsg: 'Invalid signature' }, 'INVALID_SIGNATURE'],
  [{ statusCode: 401, statusDescription: 'Invalid api key' }, 'INVALID_KEY'],
  [{ code: 401, msg: '401 Insufficient privilege' }, 'PERMISSION_MISSING'],
  [{ errors: [{ code: 'GEOBLOCKED', msg: 'x' }] }, 'RESTRICTED_LOCATION'],
  [{ error: { message: 'country_is_banned', code: 12005 } }, 'RESTRICTED_LOCATION'],
  [{ msg: 'You are in a restricted region that violates our terms' }, 'RESTRICTED_LOCATION'],
  [{ msg: 'This service is not available in your region.' }, 'RESTRICTED_LOCATION'],
  [{ message: 'Your located country/region is currently not supported' }, 'RESTRICTED_LOCATION'],
  [{ message: 'Your IP is restricted: not in the allow list of this key' }, 'IP_NOT_ALLOWED'],
  [{ errorCode: 305, error: 'No active API key found.' }, 'INVALID_KEY'],
  [{ errorCode: 307, error: 'This key does not allow access from this IP.' }, 'IP_NOT_ALLOWED'],
  [{ code: 40103, message: 'IP_ILLEGAL' }, 'IP_NOT_ALLOWED'],
  [{ code: 42901, message: 'TOO_MANY_REQUESTS' }, 'RATE_LIMITED'],
  [{ code: 100413, msg: 'Incorrect apiKey' }, 'INVALID_KEY'],
  [{ success: 0, data: { code: 'invalid_api_key' } }, 'INVALID_KEY'],
  [{ code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' }, 'INVALID_KEY'],
]

describe('toExchangeError', () => {
  async function codeOf(ccxtId: string, body: unknown): Promise<string> {
    return (await errorOf({ ccxtId, body })).code
  }

  it.each(spoken)('understands the words of %j as %s', async (body, code) => {
    expect(await codeOf('bitstamp', body)).toBe(code)
  })

  it.each<[string, ExchangeErrorCode]>([
    ['Signature not valid: Verification failure [校验失败]', 'INVALID_SIGNATURE'],
    ['Signature not valid: Incorrect Access key [Access key错误]', 'INVALID_KEY'],
    ['Signature not valid: Invalid submission time or incorrect time format', 'CLOCK_SKEW'],
    ['Signature not valid: Incorrect IP address [IP地址错误]:192.0.2.1', 'IP_NOT_ALLOWED'],
  ])("tells HTX's one code for several faults apart: %s", async (message, code) => {
    expect(
      await codeOf('htx', { status: 'error', 'err-code': 'api-signature-not-valid', 'err-msg': message }),
    ).toBe(code)
  })

  it('takes what nobody can explain for a bad response, never for a bad key', async () => {
    for (const error of [
      new TypeError('undefined is not iterable'),
      'text',
      null,
      new Error('invalid api key'),
    ]) {
      const ours = await toExchangeError({
        error,
        exchangeId: 'kraken',
        ccxtId: 'kraken',
        now: 0,
        credentials: { apiKey: 'k' },
      })
      expect(ours).toMatchObject({ code: 'BAD_RESPONSE', keyFault: false })
    }
  })
})

/** One error of the tables as its exchange writes it. */
function written(dialect: string, entry: string): unknown {
  if (dialect === 'kraken') return { error: [entry] }
  if (dialect === 'bitfinex')
    return /^\d+$/.test(entry) ? ['error', Number(entry), ''] : ['error', 10001, entry]
  if (dialect === 'gate') return { label: entry, message: 'x' }
  if (dialect === 'coinbase')
    return entry.includes(' ') ? coinbase(entry) : { errors: [{ id: entry, message: 'x' }] }
  if (dialect === 'krakenfutures') return { result: 'error', error: entry }
  if (dialect === 'htx') return { status: 'error', 'err-code': entry, 'err-msg': 'x' }
  return { code: entry, msg: 'x' }
}

describe('the tables of codes', () => {
  it.each(knownErrors)('%s: %s by %s', async (dialect, meaning, entry) => {
    expect((await errorOf({ ccxtId: dialect, body: written(dialect, entry) })).code).toBe(
      meaning === 'NOT_ENABLED' ? 'PERMISSION_MISSING' : meaning,
    )
  })

  it('have no error twice', () => {
    const entries = knownErrors.map(([dialect, , entry]) => `${dialect} ${entry}`)
    expect(entries.filter((entry, index) => entries.indexOf(entry) !== index)).toEqual([])
  })
})

describe('an error that blames the key', () => {
  const bodies: unknown[] = [
    { code: '50111', msg: 'Invalid OK-ACCESS-KEY' },
    { code: '50110', msg: 'IP' },
    { code: '50113', msg: 'Invalid sign' },
    { message: 'Unauthorized' },
    'Unauthorized',
  ]

  it.each(bodies)(
    'refuses the key if the request carried it, and is a passing fault if not: %j',
    async (body) => {
      const status = 401
      expect(await errorOf({ ccxtId: 'okx', status, body })).toMatchObject({
        keyFault: true,
        refusesKey: true,
      })
      expect(await errorOf({ ccxtId: 'okx', status, body, carriesKey: false })).toMatchObject({
        code: 'UNAVAILABLE',
        keyFault: false,
        refusesKey: false,
        retryable: true,
      })
    },
  )

  it.each(['', '{}'])('says nothing about a stored key without a word of the exchange: %j', async (body) => {
    expect(await errorOf({ ccxtId: 'okx', status: 401, body })).toMatchObject({
      code: 'INVALID_KEY',
      refusesKey: false,
    })
  })
})

describe('an exchange that serves another place', () => {
  it('says what can be done, and names those like it', async () => {
    const okx = await errorOf({ ccxtId: 'okx', status: 451, body: '' })
    expect(okx).toMatchObject({ code: 'RESTRICTED_LOCATION', retryable: false, keyFault: false })
    expect(okx.message).toBe(
      'OKX does not serve the country or the IP address that this server is in, so trying again will not help. Run OpenTrade on a server that OKX serves, or connect MyOKX (EEA) or OKX (US) if your account is there.',
    )
    expect((await errorOf({ ccxtId: 'bitstamp', status: 451, body: '' })).message).toContain(
      'or use the site that it has for your region',
    )
  })

  it.each(siblings.flatMap((sites) => Object.keys(sites)))(
    'with the key of another one, names the others: %s',
    async (ccxtId) => {
      const known = new Map(listExchanges().map((exchange) => [exchange.exchangeId, exchange.exchangeName]))
      const family = siblings.find((sites) => Object.hasOwn(sites, ccxtId)) ?? {}
      const { code, message } = await errorOf({ ccxtId, status: 401, body: 'Unauthorized' })
      expect(code).toBe('INVALID_KEY')
      for (const [id, site] of Object.entries(family)) {
        const name = known.get(id) ?? ''
        expect(name, id).not.toBe('')
        const places = message.slice(message.indexOf('If it was made elsewhere'))
        expect(places.includes(`made at ${site} belongs to ${name}`), id).toBe(id !== ccxtId)
      }
    },
  )

  it('has one place in the list of those that are alike', () => {
    const ids = siblings.flatMap((sites) => Object.keys(sites))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('cleanDetail', () => {
  it('cuts credentials, URLs, query strings, long tokens and control characters', () => {
    expect(
      cleanDetail(`my-key\n at https://a.test/b?c=d /v1?x=1&signature=2 ${'f'.repeat(40)} EAPI:Invalid key`, {
        apiKey: 'my-key',
      }),
    ).toBe('…  at … /v1… … EAPI:Invalid key')
  })
})
