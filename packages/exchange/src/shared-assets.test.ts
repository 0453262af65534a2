import { describe, expect, it } from 'vitest'
import { listExchanges } from './catalogue.ts'
import { createExchange } from './ccxt.ts'
import { isSharedAsset, sharedAssets } from './shared-assets.ts'

const unused = (): never => {
  throw new Error('Nothing is sent here.')
}
const hooks = {
  ...{ clock: Date.now, timeoutMs: 1, send: unused, schedule: unused, sawJson: unused },
  nextNonce: (nonce: number) => nonce,
}

async function renamedAt(ccxtId: string): Promise<Record<string, string>> {
  const { commonCurrencies } = await createExchange({ ccxtId, credentials: {}, hooks })
  return commonCurrencies ?? {}
}

describe('an asset that is the same at every exchange', () => {
  it.each(['BTC', 'ETH', 'SOL', 'USDT', 'EUR', 'USD'])('is %s', (asset) => {
    expect(isSharedAsset({ exchangeId: 'binance', asset })).toBe(true)
  })

  it.each(['NEIRO', 'CTX', 'DOGE', 'PEPE', 'LDBTC', '', 'btc', 'toString'])('is not %s', (asset) => {
    expect(isSharedAsset({ exchangeId: 'binance', asset })).toBe(false)
  })

  it('is listed once', () => {
    expect(new Set(sharedAssets).size).toBe(sharedAssets.length)
    expect(sharedAssets.every((asset) => /^[A-Z0-9]{2,5}$/.test(asset))).toBe(true)
  })

  it('is none where the exchange gives its code to another coin', async () => {
    const collisions: string[] = []
    for (const { exchangeId, ccxtId } of listExchanges()) {
      const renamed = await renamedAt(ccxtId)
      for (const asset of sharedAssets) {
        if ((renamed[asset] ?? asset) === asset) continue
        collisions.push(`${exchangeId} ${asset}`)
        expect(isSharedAsset({ exchangeId, asset })).toBe(false)
      }
    }
    expect(collisions).toEqual(['upbit TON'])
  })
})
