import { listExchanges } from '@opentrade/exchange'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ServiceError } from '../errors.ts'
import { hintOf, identifierOf, readCredentials } from './credentials.ts'
import { joinCredentials, splitCredentials } from './sealed-columns.ts'

function requiredBy(exchangeId: string) {
  const exchange = listExchanges().find((each) => each.exchangeId === exchangeId)
  if (!exchange) throw new Error(`no exchange ${exchangeId}`)
  return exchange.requiredCredentials
}

function problemsOf(run: () => unknown): Record<string, string> {
  try {
    run()
  } catch (error) {
    if (error instanceof ServiceError && error.reason === 'CREDENTIALS_INVALID') return error.fields ?? {}
    throw error
  }
  return {}
}

describe('reading credentials', () => {
  const binance = requiredBy('binance')

  it('strips the white space around each part and nothing inside', () => {
    const given = { apiKey: '  key\n', secret: '\tse cret \r\n' }
    expect(readCredentials({ required: binance, given })).toEqual({ apiKey: 'key', secret: 'se cret' })
  })

  it('names each missing part in the words of the exchange', () => {
    const problems = problemsOf(() =>
      readCredentials({ required: requiredBy('okx'), given: { apiKey: 'key' } }),
    )
    expect(problems).toEqual({
      'credentials.secret': 'Secret key is missing.',
      'credentials.password': 'Passphrase is missing.',
    })
    expect(
      problemsOf(() => readCredentials({ required: binance, given: { apiKey: 'key', secret: ' \n ' } })),
    ).toEqual({ 'credentials.secret': 'Secret key is missing.' })
  })

  it('refuses a part that the exchange does not ask for, unless it is empty', () => {
    const given = { apiKey: 'key', secret: 'secret', password: '' }
    expect(readCredentials({ required: binance, given })).toEqual({ apiKey: 'key', secret: 'secret' })
    expect(
      problemsOf(() => readCredentials({ required: binance, given: { ...given, password: 'x' } })),
    ).toEqual({
      'credentials.password': 'This exchange does not ask for it.',
    })
  })

  it('takes a PEM key of several lines, and no other control character anywhere', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\r\nMC4CAQ\n-----END PRIVATE KEY-----'
    expect(readCredentials({ required: binance, given: { apiKey: 'key', secret: pem } }).secret).toBe(pem)
    for (const control of ['\u0000', '\u0007', '\u001b', '\u007f', '\u0085', '\ud800', '\r']) {
      const given = { apiKey: 'key', secret: `sec${control}ret` }
      expect(Object.keys(problemsOf(() => readCredentials({ required: binance, given })))).toEqual([
        'credentials.secret',
      ])
    }
    const given = { apiKey: 'two\nlines', secret: 'secret' }
    expect(Object.keys(problemsOf(() => readCredentials({ required: binance, given })))).toEqual([
      'credentials.apiKey',
    ])
  })

  it('never repeats a value in what it says', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: 'binary' }), (value) => {
        const given = { apiKey: `\u0001${value}`, secret: `${value}\u0001`, uid: value }
        const said = JSON.stringify(problemsOf(() => readCredentials({ required: binance, given })))
        expect(said).not.toContain(value)
      }),
    )
  })
})

describe('the hint', () => {
  const required = requiredBy('binance')

  it('shows the last four characters of a long key and never more than a quarter of a short one', () => {
    expect(hintOf({ apiKey: 'abcdefghijklmnopqrstuvwxyz' }, required)).toBe('wxyz')
    expect(hintOf({ apiKey: 'abcdefgh' }, required)).toBe('gh')
    expect(hintOf({ apiKey: 'abc' }, required)).toBe('')
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (apiKey) => {
        const hint = hintOf({ apiKey }, required)
        expect(hint.length).toBeLessThanOrEqual(Math.min(4, apiKey.length / 4))
        expect(apiKey.endsWith(hint)).toBe(true)
      }),
    )
  })

  it('is empty when only a secret names the account', () => {
    const token = [{ name: 'token' as const, label: 'Access token', secret: true, multiline: false }]
    expect(hintOf({ token: 'a-very-long-access-token' }, token)).toBe('')
  })
})

describe('every exchange', () => {
  it('has a part that names the account, and gets back exactly what was stored', () => {
    for (const { exchangeId, requiredCredentials: required } of listExchanges()) {
      const given = Object.fromEntries(required.map((field) => [field.name, `value of ${field.name}`]))
      const credentials = readCredentials({ required, given })
      expect(identifierOf(credentials), exchangeId).not.toBe('')
      const columns = Object.entries(splitCredentials(credentials)).map(([name, text]) => [
        name,
        Buffer.from(text),
      ])
      expect(joinCredentials(Object.fromEntries(columns)), exchangeId).toEqual(credentials)
    }
  })
})
