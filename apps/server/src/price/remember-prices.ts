import { type AssetPrice, upsertPrices } from '@opentrade/db'
import { isSharedAsset, type Ticker } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { isStorableName } from '../storable-name.ts'
import { ANCHORS, ROUTES } from './anchors.ts'
import { formatMoney, toScale } from './money.ts'
import { type MarketPrice, readMarkets } from './quotes.ts'
import { isSimulated } from './simulated.ts'

interface Said {
  exchangeId: string
  tickers: readonly Ticker[]
  /** Also the assets that are no price elsewhere, only a suggestion. */
  all: boolean
}

/**
 * Keeps what an exchange says in its markets, for wallets at other exchanges. A failure is logged: the prices of
 * the moment are there without it.
 */
export async function rememberPrices({ services, ...said }: Said & { services: Services }): Promise<void> {
  const { exchangeId, all } = said
  if (isSimulated(exchangeId)) return
  try {
    const prices = pricesToKeep({ ...said, now: services.now() })
    await upsertPrices(services.db.pool, { exchangeId, prices, all })
  } catch (error) {
    services.log.warn({ err: error, exchangeId }, 'Prices could not be kept')
  }
}

/**
 * Of assets that are the same everywhere all markets in what assets are priced through, and, with `all`, of every
 * other asset the best market.
 */
export function pricesToKeep(o: Said & { now: Date }): Omit<AssetPrice, 'exchangeId'>[] {
  const { exchangeId, all } = o
  const markets = [...readMarkets(o).all()].filter(isStorable)
  const isShared = (asset: string) => isSharedAsset({ exchangeId, asset })
  const shared = markets.filter(
    (market) => isShared(market.base) && isShared(market.quote) && isRoute(market),
  )
  const others = all ? bestOfEach(markets.filter(({ base }) => !isShared(base))) : []
  return [...shared, ...others].map(({ base, quote, price, at }) => ({
    ...{ asset: base, quote, price: formatMoney(toScale(price)), asOf: at },
  }))
}

function isStorable({ base, quote, price }: MarketPrice): boolean {
  return isStorableName(base) && isStorableName(quote) && !toScale(price).isZero()
}

/** Either way round: some exchanges say USD/JPY. */
function isRoute({ base, quote }: MarketPrice): boolean {
  return ROUTES.includes(quote) || (ROUTES.includes(base) && ANCHORS.includes(quote))
}

/** Of each asset the market in the preferred quote. */
function bestOfEach(markets: readonly MarketPrice[]): MarketPrice[] {
  const best = new Map<string, MarketPrice>()
  for (const market of markets) {
    const rank = ROUTES.indexOf(market.quote)
    const rival = best.get(market.base)
    if (rank >= 0 && (!rival || rank < ROUTES.indexOf(rival.quote))) best.set(market.base, market)
  }
  return [...best.values()]
}
