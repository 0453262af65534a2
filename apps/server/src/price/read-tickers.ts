import { ExchangeError, type MarketData, openMarketData, type Ticker } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { connectionOf } from '../exchange/connection.ts'
import { getExchange } from '../exchange/get.ts'
import { CARRY_MS } from './carry.ts'
import { rememberPrices } from './remember-prices.ts'

/** Prices may be this old without being asked for again; all wallets at an exchange share one answer. */
const FRESH_MS = 30_000

/** After a failed call, the exchange is left alone for so long. */
const REST_MS = 10_000

/** An exchange that does not serve the country of the server will not do so a moment later. */
const REST_NOT_SERVED_MS = 60 * 60_000

export interface Tickers {
  /** Each with its own time; empty if the exchange has not answered for a day. */
  tickers: readonly Ticker[]
  /** False if the last call failed, and these are from before it. */
  current: boolean
}

/** What is only ever suggested need not be newer than this: it is written for every asset that the exchange lists. */
const REMEMBER_ALL_EVERY_MS = 5 * 60_000

interface Feed {
  marketData: MarketData
  askAgainAt: number
  rememberAllAgainAt: number
  goodAt: number
  last: Tickers
  underWay: Promise<Tickers> | null
}

/** One set of feeds per process, that is, per object of services. */
const feedsOf = new WeakMap<Services, Map<string, Feed>>()

/**
 * The tickers of all spot markets of an exchange, asked for at most every 30 s by one process, however many
 * wallets want them. A call that fails is not an error here: the last prices are carried forward for a day.
 */
export async function readTickers(o: { services: Services; exchangeId: string }): Promise<Tickers> {
  const feed = await openFeed(o)
  if (feed.underWay) return feed.underWay
  if (performance.now() < feed.askAgainAt) return feed.last
  feed.underWay = refresh({ ...o, feed }).finally(() => {
    feed.underWay = null
  })
  return feed.underWay
}

/** The feed of an exchange at its present address: another address is another feed. */
async function openFeed({ services, exchangeId }: { services: Services; exchangeId: string }): Promise<Feed> {
  const connection = connectionOf({ services, exchange: await getExchange({ services, exchangeId }) })
  const feeds = feedsOf.get(services) ?? new Map<string, Feed>()
  feedsOf.set(services, feeds)
  const key = `${exchangeId} ${connection.baseUrl ?? ''}`
  const known = feeds.get(key)
  if (known) return known
  const feed: Feed = {
    marketData: openMarketData(connection),
    askAgainAt: 0,
    rememberAllAgainAt: 0,
    goodAt: 0,
    last: { tickers: [], current: false },
    underWay: null,
  }
  feeds.set(key, feed)
  return feed
}

async function refresh(o: { services: Services; exchangeId: string; feed: Feed }): Promise<Tickers> {
  const { services, exchangeId, feed } = o
  try {
    const tickers = await feed.marketData.fetchTickers()
    feed.last = { tickers, current: true }
    feed.goodAt = performance.now()
    feed.askAgainAt = feed.goodAt + FRESH_MS
  } catch (error) {
    services.log.warn({ err: error, exchangeId }, 'Prices could not be read')
    const now = performance.now()
    feed.askAgainAt = now + restAfter(error)
    feed.last = { tickers: now - feed.goodAt < CARRY_MS ? feed.last.tickers : [], current: false }
    return feed.last
  }
  const all = feed.goodAt >= feed.rememberAllAgainAt
  if (all) feed.rememberAllAgainAt = feed.goodAt + REMEMBER_ALL_EVERY_MS
  await rememberPrices({ services, exchangeId, tickers: feed.last.tickers, all })
  return feed.last
}

/** For how many milliseconds an exchange is left alone after a call that failed. */
export function restAfter(error: unknown): number {
  const isServed = !(error instanceof ExchangeError && error.code === 'RESTRICTED_LOCATION')
  return isServed ? REST_MS : REST_NOT_SERVED_MS
}
