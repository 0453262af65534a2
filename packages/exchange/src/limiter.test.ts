import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { laneCount, laneOf, venueLimiter } from './lanes.ts'
import { createLimiter } from './limiter.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a limiter', () => {
  it('spaces requests by their weight, in the order of the calls', async () => {
    const limiter = createLimiter(100)
    const sent: [string, number][] = []
    for (const [name, weight] of [
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ] as const) {
      void limiter.take(weight).then(() => sent.push([name, Date.now() - 1_000_000]))
    }
    await vi.advanceTimersByTimeAsync(1000)
    expect(sent).toEqual([
      ['a', 0],
      ['b', 200],
      ['c', 300],
    ])
  })

  it('waits until an announced time', async () => {
    const limiter = createLimiter(0)
    limiter.pauseUntil(1_000_500)
    let at = 0
    void limiter.take(1).then(() => {
      at = Date.now()
    })
    await vi.advanceTimersByTimeAsync(499)
    expect(at).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(at).toBe(1_000_500)
  })

  it('waits as long as it was told to, whatever the clock is set to meanwhile', async () => {
    for (const days of [-2, 2]) {
      const limiter = createLimiter(0)
      limiter.pauseUntil(Date.now() + 500)
      vi.setSystemTime(Date.now() + days * 86_400_000)
      let sent = false
      void limiter.take(1).then(() => {
        sent = true
      })
      await vi.advanceTimersByTimeAsync(499)
      expect(sent).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(sent).toBe(true)
      expect(limiter.isIdle()).toBe(true)
    }
  })

  it('refuses at once a wait of more than a minute, and says when to come back', async () => {
    const limiter = createLimiter(0)
    limiter.pauseUntil(1_000_000 + 61_000)
    await expect(limiter.take(1)).rejects.toMatchObject({ fault: 'queue-full', retryAt: new Date(1_061_000) })
  })
})

describe('limiters of an exchange and lanes of a key', () => {
  const credentials = { apiKey: 'k', secret: 's' }

  it('are one per exchange and base URL, and one per key there', () => {
    expect(venueLimiter({ venue: 'a', paceMs: 1 })).toBe(venueLimiter({ venue: 'a', paceMs: 1 }))
    expect(venueLimiter({ venue: 'a', paceMs: 1 })).not.toBe(venueLimiter({ venue: 'b', paceMs: 1 }))
    expect(laneOf({ venue: 'a', credentials })).toBe(laneOf({ venue: 'a', credentials: { ...credentials } }))
    expect(laneOf({ venue: 'a', credentials })).not.toBe(laneOf({ venue: 'b', credentials }))
    expect(laneOf({ venue: 'a', credentials })).not.toBe(
      laneOf({ venue: 'a', credentials: { apiKey: 'ks' } }),
    )
  })

  it('run the requests of a key one after the other, also after one that failed', async () => {
    const lane = laneOf({ venue: 'serial', credentials })
    const log: string[] = []
    const first = lane.run(async () => {
      log.push('first starts')
      await Promise.resolve()
      log.push('first ends')
      throw new Error('failed')
    })
    const second = lane.run(async () => log.push('second starts'))
    await expect(first).rejects.toThrow('failed')
    await second
    expect(log).toEqual(['first starts', 'first ends', 'second starts'])
  })

  it('give a key no nonce twice', () => {
    const lane = laneOf({ venue: 'nonce', credentials })
    expect([lane.nextNonce(5), lane.nextNonce(5), lane.nextNonce(5), lane.nextNonce(9)]).toEqual([5, 6, 7, 9])
  })

  it('are forgotten when idle, so that users leave nothing behind', () => {
    for (let user = 0; user < 1000; user += 1)
      laneOf({ venue: 'many', credentials: { apiKey: `key-${user}` } })
    // Other tests of this process have used lanes by its own clock, which may be ahead of this one.
    vi.advanceTimersByTime(24 * 3_600_000)
    laneOf({ venue: 'many', credentials: { apiKey: 'one more' } })
    expect(laneCount()).toBeLessThanOrEqual(64)
  })
})
