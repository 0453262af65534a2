import { readPrices, upsertPrices } from '@opentrade/db'
import type { Ticker } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { isStorableName } from '../storable-name.ts'
import { openFallback } from './fallback.ts'
import { formatMoney, toScale } from './money.ts'
import { isSimulated, openPrices, restsOnPar } from './price-asset.ts'

/** A price that rests on par gives way to one that does not, while that one is younger than this. */
const BETTER_FOR_MS = 3_600_000

/**
 * Keeps what an exchange's own markets say an asset is worth, for wallets at exchanges that do not know it.
 * Prices of a simulated exchange are kept from everybody else's wallets. A failure is logged: the prices of
 * the moment are there without it.
 */
export async function rememberPrices(o: {
  services: Services
  exchangeId: string
  tickers: readonly Ticker[]
}): Promise<void> {
  const { services, exchangeId, tickers } = o
  if (isSimulated(exchangeId)) return
  try {
    const now = services.now()
    const assets = [...new Set(tickers.map((ticker) => ticker.base))].filter(isStorableName).sort()
    const fallback = await openFallback({ services, exchangeId, assets: [] })
    const priceOf = openPrices({ exchangeId, tickers, fallback, now })
    const known = new Map(
      (await readPrices(services.db.pool, { assets })).map((price) => [price.asset, price] as const),
    )
    const prices = assets.flatMap((asset) => {
      const quote = priceOf(asset)
      // What came from elsewhere is that source's to renew.
      if (!quote?.source.startsWith(`${exchangeId} `)) return []
      const rival = known.get(asset)
      const yields =
        rival !== undefined &&
        restsOnPar(quote.source) &&
        !restsOnPar(rival.source) &&
        now.getTime() - rival.asOf.getTime() < BETTER_FOR_MS
      const usdPrice = toScale(quote.price)
      if (yields || usdPrice.isZero() || quote.source.length > 100) return []
      return [{ asset, usdPrice: formatMoney(usdPrice), source: quote.source, asOf: quote.at }]
    })
    await upsertPrices(services.db.pool, { prices })
  } catch (error) {
    services.log.warn({ err: error, exchangeId }, 'Prices could not be kept')
  }
}
