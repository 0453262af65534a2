import { describe, expect, it } from 'vitest'
import { rebaseUrl } from './rebase.ts'

describe('rebaseUrl', () => {
  it('replaces scheme, host and port and keeps path and query', () => {
    expect(rebaseUrl('https://api.kraken.com:8443/0/private?a=1', 'http://127.0.0.1:9')).toBe(
      'http://127.0.0.1:9/0/private?a=1',
    )
  })

  it('keeps a path of the base URL, with or without a slash at its end', () => {
    for (const base of ['https://proxy.test/out', 'https://proxy.test/out/']) {
      expect(rebaseUrl('https://api.x.com/v1', base)).toBe('https://proxy.test/out/v1')
    }
  })

  it('puts the original host in place of {host}', () => {
    expect(rebaseUrl('https://api.x.com/v1', 'http://127.0.0.1:9/{host}')).toBe(
      'http://127.0.0.1:9/api.x.com/v1',
    )
  })

  it('cannot be misled by a user name, a query or an upper-case scheme', () => {
    const base = 'http://127.0.0.1:9'
    expect(rebaseUrl('https://evil@api.x.com/v1', base)).toBe('http://127.0.0.1:9/v1')
    expect(rebaseUrl('HTTPS://API.X.COM?to=https://b.com/', base)).toBe(
      'http://127.0.0.1:9?to=https://b.com/',
    )
  })

  it('changes nothing without a base URL', () => {
    expect(rebaseUrl('https://api.x.com/v1', null)).toBe('https://api.x.com/v1')
  })
})
