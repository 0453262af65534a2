import { exchangeName } from './catalogue.ts'
import type { CcxtExchange } from './ccxt.ts'
import { type Connection, openConnection } from './connection.ts'
import { ExchangeError } from './exchange-error.ts'
import { holdsStructure } from './json.ts'
import { shareMarkets } from './markets.ts'
import { toMarket, toTicker } from './normalize-market.ts'
import { usualSentence } from './sentences.ts'
import { TransportError } from './transport-error.ts'
import type { ConnectionOptions, Market, MarketData, Ticker } from './types.ts'

/** For an exchange without a call for all tickers: how many are asked for one by one, and how many at once. */
const mostSingleTickers = 100
const singleTickersAtOnce = 4

/** The quotes by which holdings are valued, for such an exchange. */
const valuationQuotes = new Set(['USD', 'USDT', 'USDC', 'EUR', 'BTC', 'ETH'])

/** An exchange with so many markets does not close them one by one until none is left: it is halted. */
const fewestToHalt = 10

/**
 * True while an exchange has closed every market at once, as some do for maintenance. Its last prices are then
 * as good as before, unlike those of one market that it closed.
 */
function isHalted(markets: ReadonlyMap<string, Market>): boolean {
  return markets.size >= fewestToHalt && [...markets.values()].every((market) => !market.active)
}

function haltOf({ exchangeId }: Connection): ExchangeError {
  const code = 'MAINTENANCE'
  return new ExchangeError({
    code,
    exchangeId,
    message: usualSentence({ code, exchangeId, exchange: exchangeName(exchangeId) }),
  })
}

async function fetchSingly(exchange: CcxtExchange, symbols: string[]): Promise<unknown[]> {
  const queue = symbols.slice(0, mostSingleTickers)
  const found: unknown[] = []
  let failure: unknown
  async function work(): Promise<void> {
    for (let symbol = queue.shift(); symbol !== undefined; symbol = queue.shift()) {
      try {
        found.push(await exchange.fetchTicker(symbol))
      } catch (error) {
        // One market that is closed must not hide the others; if all fail, the last reason is told.
        failure = error
      }
    }
  }
  await Promise.all(Array.from({ length: singleTickersAtOnce }, work))
  if (found.length === 0 && failure !== undefined) throw failure
  return found
}

function spotMarkets(exchange: CcxtExchange): Market[] {
  return Object.values(exchange.markets ?? {}).flatMap((market) => {
    const ours = toMarket(market, exchange.precisionMode ?? null)
    return ours === null ? [] : [ours]
  })
}

async function fetchRawTickers(exchange: CcxtExchange, wanted: string[] | null): Promise<unknown[]> {
  if (exchange.has.fetchTickers) {
    // Several symbols in one URL are refused by many; a handful is worth the smaller answer.
    const few = wanted !== null && wanted.length <= 10 ? wanted : undefined
    return Object.values(await exchange.fetchTickers(few))
  }
  return fetchSingly(
    exchange,
    wanted ??
      spotMarkets(exchange)
        .filter((market) => market.active && valuationQuotes.has(market.quote))
        .map((market) => market.symbol),
  )
}

/**
 * Opens the public side of an exchange. Nothing is sent before the first call; all calls throw
 * ExchangeError. Throws it at once if the base URL is unusable.
 */
export function openMarketData(options: ConnectionOptions): MarketData {
  const connection: Connection = openConnection(options)

  async function prepared(exchange: CcxtExchange): Promise<void> {
    await shareMarkets(connection, exchange)
    if (exchange.has.spot === true && exchange.options.defaultType !== undefined)
      exchange.options.defaultType = 'spot'
  }

  function fetchMarkets(): Promise<Market[]> {
    return connection.run(async (exchange) => {
      await prepared(exchange)
      return spotMarkets(exchange)
    })
  }

  function fetchTickers({ symbols }: { symbols?: string[] } = {}): Promise<Ticker[]> {
    return connection.run(async (exchange) => {
      await prepared(exchange)
      const markets = new Map(spotMarkets(exchange).map((market) => [market.symbol, market]))
      if (isHalted(markets)) throw haltOf(connection)
      const wanted = symbols?.filter((symbol) => markets.has(symbol)) ?? null
      if (wanted !== null && wanted.length === 0) return []
      const raw = await fetchRawTickers(exchange, wanted)
      // Every price gone at once is a fault: those from before serve on.
      if (raw.length === 0 && markets.size > 0 && !holdsStructure(connection.lastJson()))
        throw new TransportError('unknown-structure')
      const readAt = connection.clock()
      return raw.flatMap((ticker) => {
        const ours = toTicker({ ticker, markets, readAt })
        return ours === null || (wanted !== null && !wanted.includes(ours.symbol)) ? [] : [ours]
      })
    })
  }

  return { fetchTickers, fetchMarkets }
}
