import { upsertPrices } from '@opentrade/db'
import { isSharedAsset, type Ticker } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { ANCHORS, ROUTES } from './anchors.ts'
import { formatMoney, toScale } from './money.ts'
import { type MarketPrice, readMarkets } from './quotes.ts'
import { isSimulated } from './simulated.ts'

/** What the database holds of an asset's name. */
const NAME_LENGTH = 64

/**
 * Keeps what an exchange says in its markets, for wallets at other exchanges: of assets that are the same
 * everywhere all markets in what assets are priced through, and, with `all`, of every other asset the best one,
 * which others are shown as a suggestion. Nothing is kept of a simulated exchange. A failure is logged: the prices
 * of the moment are there without it.
 */
export async function rememberPrices(o: {
  services: Services
  exchangeId: string
  tickers: readonly Ticker[]
  all: boolean
}): Promise<void> {
  const { services, exchangeId, all } = o
  if (isSimulated(exchangeId)) return
  try {
    const markets = [...readMarkets({ ...o, now: services.now() }).all()].filter(isStorable)
    const isShared = (asset: string) => isSharedAsset({ exchangeId, asset })
    const shared = markets.filter(
      (market) => isShared(market.base) && isShared(market.quote) && isRoute(market),
    )
    const others = all ? bestOfEach(markets.filter(({ base }) => !isShared(base))) : []
    const prices = [...shared, ...others].map(({ base, quote, price, at }) => ({
      ...{ asset: base, quote, price: formatMoney(toScale(price)), asOf: at },
    }))
    await upsertPrices(services.db.pool, { exchangeId, prices, all })
  } catch (error) {
    services.log.warn({ err: error, exchangeId }, 'Prices could not be kept')
  }
}

function isStorable({ base, quote, price }: MarketPrice): boolean {
  return base.length <= NAME_LENGTH && quote.length <= NAME_LENGTH && !toScale(price).isZero()
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
