import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExchange } from './ccxt.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { type ReplayedExchange, refusalOf, startReplayedExchange } from './testing/replayed-exchange.ts'

const tooLow = { body: { error: ['EAPI:Invalid nonce'] } }

describe('a nonce that is too low', () => {
  let kraken: ReplayedExchange
  beforeEach(async () => {
    kraken = await startReplayedExchange('kraken')
  })
  afterEach(() => kraken.server.close())

  it('is followed by a higher one: another process of ours may just have come first', async () => {
    const nonces: number[] = []
    kraken.server.on(kraken.main, ({ body }) => {
      nonces.push(Number(new URLSearchParams(body).get('nonce')))
      return nonces.length === 1 ? tooLow : { body: { error: [], result: {} } }
    })
    await expect(kraken.open().fetchBalances()).resolves.toMatchObject({ complete: true })
    expect(nonces).toHaveLength(2)
    expect(nonces[1]).toBeGreaterThan(nonces[0] ?? 0)
  })

  it('is told as a key that another program uses if the next one is refused as well', async () => {
    kraken.server.on(kraken.main, tooLow)
    const error = await refusalOf(kraken.open().fetchBalances())
    expect(error).toMatchObject({
      code: 'KEY_IN_USE_ELSEWHERE',
      retryable: true,
      keyFault: false,
      refusesKey: false,
      message:
        "Kraken refused the request because its nonce is too low: another program uses the same key, or this server's clock was set back. Make a key at Kraken for OpenTrade alone, or widen the nonce window of this one there.",
    })
    expect(kraken.server.count(kraken.main)).toBe(2)
  })
})

describe('nonces that have to grow', () => {
  it.each(['coinone', 'coinspot', 'independentreserve', 'mercado', 'p2b', 'paymium', 'kraken', 'bitfinex'])(
    'count in milliseconds at %s',
    async (ccxtId) => {
      const exchange = await createExchange({
        ccxtId,
        credentials: madeUpCredentials(ccxtId),
        hooks: {
          clock: () => 1_763_800_000_123,
          timeoutMs: 1000,
          send: () => Promise.reject(new Error('nothing is sent here')),
          schedule: (_weight, task) => task(),
          nextNonce: (nonce) => nonce,
          sawJson: () => {},
        },
      })
      expect(exchange.nonce()).toBe(1_763_800_000_123)
    },
  )
})
