import type { CcxtExchange } from './ccxt.ts'
import { type Connection, openConnection } from './connection.ts'
import { ExchangeError } from './exchange-error.ts'
import { TransportError } from './transport-error.ts'

/**
 * Listings change by the day, and a market may close at any time: the list serves for half an hour. To load it
 * takes one to three public requests, the largest lists (Binance, Gate) a few megabytes. An exchange without
 * markets is asked again soon, and one that did not answer after a pause.
 */
const timeToLiveMs = 30 * 60 * 1000
const emptyTimeToLiveMs = 60 * 1000
const pauseAfterFailureMs = 5 * 60 * 1000

interface Entry {
  loadedAt: number
  servesForMs: number
  source: CcxtExchange
}

const loaded = new Map<string, Entry>()
const loading = new Map<string, Promise<Entry>>()

/** Whose markets an instance was given, so that one which lives on gets the next list too. */
const givenFrom = new WeakMap<CcxtExchange, CcxtExchange>()

function isEmpty(exchange: CcxtExchange): boolean {
  return Object.keys(exchange.markets ?? {}).length === 0
}

async function load(connection: Connection): Promise<Entry> {
  const { exchangeId, ccxtId, baseUrl, clock, venue, paceMs } = connection
  const reader = openConnection({
    exchangeId,
    ccxtId,
    baseUrl,
    clock,
    ...(paceMs === undefined ? {} : { paceMs }),
  })
  const source = await reader.run(async (exchange) => {
    await exchange.loadMarkets()
    const known = loaded.get(venue)
    if (isEmpty(exchange) && known !== undefined && !isEmpty(known.source))
      throw new TransportError('unknown-structure')
    return exchange
  })
  const servesForMs = isEmpty(source) ? emptyTimeToLiveMs : timeToLiveMs
  const entry = { loadedAt: clock(), servesForMs, source }
  loaded.set(venue, entry)
  return entry
}

/** One load at a time per exchange; a failure is told to those who wait for it and then forgotten. */
function loadOnce(connection: Connection): Promise<Entry> {
  const { venue } = connection
  const under = loading.get(venue)
  if (under !== undefined) return under
  const started = load(connection).finally(() => loading.delete(venue))
  loading.set(venue, started)
  return started
}

async function current(connection: Connection): Promise<CcxtExchange> {
  const known = loaded.get(connection.venue)
  if (known === undefined) return (await loadOnce(connection)).source
  const age = connection.clock() - known.loadedAt
  if (age >= 0 && age < known.servesForMs) return known.source
  return loadOnce(connection).then(
    (entry) => entry.source,
    () => {
      // The last markets still serve while the exchange is down.
      loaded.set(connection.venue, {
        ...known,
        loadedAt: connection.clock(),
        servesForMs: pauseAfterFailureMs,
      })
      return known.source
    },
  )
}

/**
 * Gives an instance the markets of its exchange, by reference; one that has them already gets the present
 * ones when the list was loaded anew.
 *
 * They are public and the same for everyone, so they are loaded without credentials, once per exchange,
 * base URL and process, and again every half hour. Throws ExchangeError if they were never loaded and cannot be.
 */
export async function shareMarkets(connection: Connection, exchange: CcxtExchange): Promise<void> {
  const given = givenFrom.get(exchange)
  if (exchange.markets !== undefined && given === undefined) return
  const source = await current(connection).catch((error: unknown) => {
    if (error instanceof ExchangeError && error.code === 'CREDENTIALS_MISSING') return null
    throw error
  })
  if (source === null) {
    // A few (Alpaca) show their markets to customers only.
    await exchange.loadMarkets()
    return
  }
  if (source === given) return
  exchange.setMarketsFromExchange(source)
  givenFrom.set(exchange, source)
  const { timeDifference } = source.options
  if (timeDifference !== undefined) exchange.options.timeDifference = timeDifference
}
