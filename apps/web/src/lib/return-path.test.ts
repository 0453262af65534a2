import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeReturnPath } from './return-path.ts'

describe('the way back after signing in', () => {
  it.each(['/', '/keys', '/wallets/1?sort=asset#top'])('may be %s', (path) => {
    expect(safeReturnPath(path)).toBe(path)
  })

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/%2e/\\evil.example',
    '\\\\evil.example',
    'keys',
    '',
    null,
    4,
  ])('is never %j', (path) => {
    expect(safeReturnPath(path)).toBeNull()
  })

  it('never leaves this origin', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.string().map((text) => `/${text}`),
          fc
            .tuple(fc.constantFrom('/.', '/..', '/x/..', '/%2e'), fc.webUrl())
            .map(([dots, url]) => dots + url.slice(6)),
        ),
        (text) => {
          const path = safeReturnPath(text)
          if (path !== null) expect(new URL(path, 'https://ours.example').origin).toBe('https://ours.example')
        },
      ),
    )
  })
})
