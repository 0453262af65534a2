import { describe, expect, it } from 'vitest'
import { checkCredentials } from './credentials.ts'
import { ExchangeError } from './exchange-error.ts'
import type { Credentials } from './types.ts'

function refusal(ccxtId: string, credentials: Credentials): ExchangeError {
  try {
    checkCredentials({ exchangeId: ccxtId, ccxtId, credentials })
  } catch (error) {
    if (error instanceof ExchangeError) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('checkCredentials', () => {
  it('strips outer white space and nothing else', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----'
    expect(
      checkCredentials({
        exchangeId: 'binance',
        ccxtId: 'binance',
        credentials: { apiKey: ' \tkey\n', secret: `\n${pem}\n\n` },
      }),
    ).toEqual({ apiKey: 'key', secret: pem })
  })

  it('takes the written line breaks of a downloaded PEM key', () => {
    const { secret } = checkCredentials({
      exchangeId: 'coinbase',
      ccxtId: 'coinbase',
      credentials: {
        apiKey: 'organizations/1/apiKeys/2',
        secret: '-----BEGIN EC PRIVATE KEY-----\\nAA\\n-----END EC PRIVATE KEY-----\\n',
      },
    })
    expect(secret?.split('\n')).toEqual([
      '-----BEGIN EC PRIVATE KEY-----',
      'AA',
      '-----END EC PRIVATE KEY-----',
      '',
    ])
  })

  it('names what is missing in the words of the form', () => {
    const error = refusal('okx', { apiKey: 'key', password: ' ' })
    expect(error).toMatchObject({ code: 'CREDENTIALS_MISSING', keyFault: true, retryable: false })
    expect(error.message).toBe('OKX also needs the secret key and the passphrase.')
  })

  it('speaks of the paper exchange as people do', () => {
    const options = { exchangeId: 'paper', ccxtId: 'binance', credentials: { apiKey: 'key' } }
    expect(() => checkCredentials(options)).toThrow('The paper exchange also needs the API secret.')
  })

  it('refuses more than 8 kB and takes exactly that', () => {
    const accepted = { apiKey: 'key', secret: 's'.repeat(8192) }
    expect(checkCredentials({ exchangeId: 'binance', ccxtId: 'binance', credentials: accepted })).toEqual(
      accepted,
    )
    const error = refusal('binance', { apiKey: 'key', secret: 's'.repeat(8193) })
    expect(error.code).toBe('INVALID_KEY')
    expect(error.message).toContain('longer than 8 kB')
  })

  it('refuses control characters and line breaks where none can be', () => {
    for (const apiKey of ['ke\ny', 'ke\u0000y', 'ke\u007fy']) {
      expect(refusal('binance', { apiKey, secret: 's' }).message).toContain('characters that no key has')
    }
    expect(refusal('binance', { apiKey: 'key', secret: 'a\u0000b' }).code).toBe('INVALID_KEY')
  })

  it('lets through only what the exchange asks for', () => {
    const sneaky = JSON.parse(
      '{"apiKey":"k","secret":"s","password":"p","verbose":true,"__proto__":{"uid":"u"}}',
    )
    expect(checkCredentials({ exchangeId: 'binance', ccxtId: 'binance', credentials: sneaky })).toEqual({
      apiKey: 'k',
      secret: 's',
    })
  })
})
