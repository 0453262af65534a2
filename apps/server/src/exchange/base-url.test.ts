import { describe, expect, it } from 'vitest'
import { baseUrlProblem } from './base-url.ts'

function problemOf(url: string): string | null {
  return baseUrlProblem({ url, protocols: ['http'] })
}

describe('a base URL', () => {
  it.each([
    'https://testnet.binance.vision',
    'https://proxy.example.org/{host}',
    'https://{host}.proxy.example.org:8443/path/',
    'http://127.0.0.1:4010',
    'http://127.1.2.3/{host}',
    'http://localhost:4010/',
    'http://[::1]:4010',
  ])('may be %s', (url) => {
    expect(problemOf(url)).toBeNull()
  })

  it.each([
    ['api.example.com', 'not a URL'],
    ['', 'not a URL'],
    ['https://', 'not a URL'],
    ['ftp://example.org', 'must begin with https'],
    ['javascript:alert(1)', 'must begin with https'],
    ['file:///etc/passwd', 'must begin with https'],
    ['wss://example.org', 'must begin with https'],
    ['https://user:pass@example.org', 'no user name or password'],
    ['https://user@example.org', 'no user name or password'],
    ['https://example.org/?key=1', 'no query'],
    ['https://example.org/?', 'no query'],
    ['https://example.org/#part', 'no fragment'],
    ['http://example.org', 'use https'],
    ['http://127.0.0.1.example.org', 'use https'],
    ['http://localhost.example.org', 'use https'],
    ['http://10.0.0.1', 'use https'],
    ['http://{host}', 'use https'],
    ['https://exa\nmple.org', 'control characters'],
    ['https://example.org/a b', 'no spaces'],
  ])('may not be %j', (url, reason) => {
    expect(problemOf(url)).toContain(reason)
  })

  it('may be a stream where streams are meant', () => {
    const streams = ['http', 'ws'] as const
    expect(baseUrlProblem({ url: 'wss://stream.example.org', protocols: streams })).toBeNull()
    expect(baseUrlProblem({ url: 'ws://127.0.0.1:9', protocols: streams })).toBeNull()
    expect(baseUrlProblem({ url: 'ws://stream.example.org', protocols: streams })).toContain('unencrypted')
  })
})
