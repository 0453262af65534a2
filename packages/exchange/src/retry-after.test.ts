import { describe, expect, it } from 'vitest'
import { retryTime } from './retry-after.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

function waitSeconds(headers: Record<string, string>, body = ''): number | null {
  const time = retryTime({ headers, body, now })
  return time === null ? null : (time.getTime() - now) / 1000
}

describe('retryTime', () => {
  it('reads seconds and an HTTP date', () => {
    expect(waitSeconds({ 'retry-after': '37' })).toBe(37)
    expect(waitSeconds({ 'retry-after': 'Sun, 22 Nov 2026 12:02:00 GMT' })).toBe(120)
  })

  it("reads the exchanges' own ways of saying it", () => {
    expect(
      waitSeconds({}, `{"code":-1003,"msg":"Way too many requests; IP banned until ${now + 60_000}."}`),
    ).toBe(60)
    expect(waitSeconds({ 'x-bapi-limit-reset-timestamp': String(now + 2000) })).toBe(2)
    expect(waitSeconds({ 'x-gate-ratelimit-reset-timestamp': String(now / 1000 + 5) })).toBe(5)
    expect(waitSeconds({ 'gw-ratelimit-reset': '4500' })).toBe(4.5)
    expect(waitSeconds({ 'bitvavo-ratelimit-resetat': String(now + 3000) })).toBe(3)
    expect(waitSeconds({ 'x-ratelimit-reset': String(now / 1000 + 6) })).toBe(6)
    expect(waitSeconds({ 'x-ratelimit-reset': '7' })).toBe(7)
    expect(waitSeconds({}, `{"code":100410,"msg":"it will be unblocked after ${now + 8000}"}`)).toBe(8)
  })

  it('waits for a day under a ban that is longer', () => {
    expect(waitSeconds({}, `banned until ${now + 3 * 86_400_000}`)).toBe(86_400)
  })

  it('believes the longest of several', () => {
    expect(waitSeconds({ 'retry-after': '1' }, `banned until ${now + 30_000}`)).toBe(30)
  })

  it('says nothing about the past, more than a day, or nonsense', () => {
    for (const value of ['-5', '0', 'soon', '', 'Sun, 22 Nov 2020 12:02:00 GMT', '999999999']) {
      expect(waitSeconds({ 'retry-after': value })).toBeNull()
    }
    expect(waitSeconds({})).toBeNull()
  })
})
