import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A status and a body; a body that is no text is sent as JSON. */
export interface LoopbackAnswer {
  status?: number
  body: unknown
}

type Answering = () => LoopbackAnswer | Promise<LoopbackAnswer>

/** A server on loopback that answers the calls of a whole sync as Binance does, until a test says otherwise. */
export interface LoopbackExchange {
  url: string
  /** Changes what a path answers, for good or until `reset`. */
  answer: (path: string, answering: Answering) => void
  /** Back to a spot account with one bitcoin and the other accounts empty. */
  reset: () => void
  /** The paths of all calls so far. */
  calls: string[]
  close: () => Promise<void>
}

export const SPOT = '/api/v3/account'
export const FUNDING = '/sapi/v1/asset/get-funding-asset'
export const TICKERS = '/api/v3/ticker/24hr'

/** A spot account that holds this. */
export function spotAccount(balances: Record<string, { free: string; locked?: string }>): LoopbackAnswer {
  const rows = Object.entries(balances).map(([asset, { free, locked = '0' }]) => ({ asset, free, locked }))
  return {
    body: { accountType: 'SPOT', canTrade: true, updateTime: 1, balances: rows, permissions: ['SPOT'] },
  }
}

/** Prices by market, such as `{ BTCUSDT: '50000' }`. */
export function tickers(prices: Record<string, string>): LoopbackAnswer {
  const closeTime = Date.now()
  return { body: Object.entries(prices).map(([symbol, lastPrice]) => ({ symbol, lastPrice, closeTime })) }
}

export const MARKET_LIST = '/api/v3/exchangeInfo'

/** A list of spot markets, such as `{ BTC: { USDT: 'TRADING' } }` by base, quote and status. */
export function marketList(markets: Record<string, Record<string, 'TRADING' | 'BREAK'>>): LoopbackAnswer {
  const symbols = Object.entries(markets).flatMap(([baseAsset, quotes]) =>
    Object.entries(quotes).map(([quoteAsset, status]) => ({
      ...{ symbol: `${baseAsset}${quoteAsset}`, status, baseAsset, quoteAsset },
      ...{ baseAssetPrecision: 8, quotePrecision: 8, quoteAssetPrecision: 8, filters: [] },
      ...{ isSpotTradingAllowed: true, isMarginTradingAllowed: false, permissions: ['SPOT'] },
    })),
  )
  return {
    body: { timezone: 'UTC', serverTime: Date.now(), rateLimits: [], exchangeFilters: [], symbols },
  }
}

const NOTHING: LoopbackAnswer = { body: { rows: [], total: 0 } }

const DEFAULTS: Record<string, Answering> = {
  '/api/v3/time': () => ({ body: { serverTime: Date.now() } }),
  [MARKET_LIST]: () => marketList({ BTC: { USDT: 'TRADING' }, ETH: { USDT: 'TRADING', BTC: 'TRADING' } }),
  '/sapi/v1/account/apiRestrictions': () => ({
    body: {
      enableReading: true,
      enableWithdrawals: false,
      permitsUniversalTransfer: false,
      ipRestrict: false,
    },
  }),
  [SPOT]: () => spotAccount({ BTC: { free: '0.75', locked: '0.25' } }),
  [FUNDING]: () => ({ body: [] }),
  [TICKERS]: () => tickers({ BTCUSDT: '50000', ETHUSDT: '2500', ETHBTC: '0.05' }),
  '/sapi/v1/simple-earn/flexible/position': () => NOTHING,
  '/sapi/v1/simple-earn/locked/position': () => NOTHING,
  '/sapi/v1/margin/account': () => ({ body: { userAssets: [] } }),
  '/sapi/v1/margin/isolated/account': () => ({ body: { assets: [] } }),
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startLoopbackExchange(): Promise<LoopbackExchange> {
  const answers = new Map(Object.entries(DEFAULTS))
  const calls: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    calls.push(pathname)
    void send({ response, answering: answers.get(pathname) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // listen() on a TCP port gives an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    answer: (path, answering) => void answers.set(path, answering),
    reset() {
      for (const [path, answering] of Object.entries(DEFAULTS)) answers.set(path, answering)
      calls.length = 0
    },
    calls,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function send(o: { response: ServerResponse; answering: Answering | undefined }): Promise<void> {
  const { status = 200, body } = (await o.answering?.()) ?? {
    ...{ status: 404, body: { code: -1102, msg: 'The test did not expect this call.' } },
  }
  const isText = typeof body === 'string'
  o.response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json' })
  o.response.end(isText ? body : JSON.stringify(body))
}
