import { readPrices } from '@opentrade/db'
import type { Services } from '../context.ts'
import { CARRY_MS } from './carry.ts'
import { Money } from './money.ts'
import { ANCHORS, type Fallback, isSimulated } from './price-asset.ts'

/**
 * What other connected exchanges last said of these assets, and of those that assets are priced through.
 * Prices older than a day are none, and a simulated exchange gets none of the real ones.
 */
export async function openFallback(o: {
  services: Services
  exchangeId: string
  assets: readonly string[]
}): Promise<Fallback> {
  if (isSimulated(o.exchangeId)) return () => null
  const oldest = o.services.now().getTime() - CARRY_MS
  const assets = [...new Set([...o.assets, ...ANCHORS])]
  const prices = await readPrices(o.services.db.pool, { assets })
  const fresh = new Map(
    prices.flatMap((price) =>
      price.asOf.getTime() < oldest
        ? []
        : [
            [
              price.asset,
              { price: new Money(price.usdPrice), source: price.source, at: price.asOf },
            ] as const,
          ],
    ),
  )
  return (asset) => fresh.get(asset) ?? null
}
