import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the exchange answers to a call; `hang` answers nothing, ever. */
export type Reply = { status: number; headers?: Record<string, string>; body: string } | 'hang'

/** A server on loopback that answers as Binance does, with what a test tells it to. */
export interface BinanceReplies {
  url: string
  /** The answer to a read of the spot account, which proves a key. */
  account: Reply
  /** The same for one API key alone. */
  accounts: Map<string, Reply>
  /** Answers that come first, one for each read of the spot account. */
  next: Reply[]
  /** The answer to the question what the key may do. */
  restrictions: Reply
  /** Paths and keys of the signed calls so far. */
  signed: { path: string; apiKey: string }[]
  /** Back to a key that may read and nothing else. */
  reset: () => void
  close: () => Promise<void>
}

/** A reply of JSON. */
export function json(body: unknown, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** Binance's body for an error of that code. */
export function binanceError(code: number, message: string, status = 400): Reply {
  return json({ code, msg: message }, status)
}

/** Binance's answer about a key's rights; `rights` changes what is granted. */
export function apiRestrictions(rights: Record<string, boolean> = {}): Reply {
  return json({
    ipRestrict: false,
    createTime: 1_700_000_000_000,
    enableReading: true,
    enableWithdrawals: false,
    enableInternalTransfer: false,
    permitsUniversalTransfer: false,
    enableSpotAndMarginTrading: false,
    enableMargin: false,
    enableFutures: false,
    ...rights,
  })
}

/** Binance's answer about a spot account: whose it is, unless it does not say, and what it holds. */
export function spotOf(o: { uid?: number; held?: Record<string, string> }): Reply {
  const { uid, held = { BTC: '0.50000000' } } = o
  return json({
    makerCommission: 0,
    takerCommission: 0,
    buyerCommission: 0,
    sellerCommission: 0,
    canTrade: true,
    canWithdraw: true,
    canDeposit: true,
    updateTime: 1_700_000_000_000,
    accountType: 'SPOT',
    balances: Object.entries(held).map(([asset, free]) => ({ asset, free, locked: '0.00000000' })),
    permissions: ['SPOT'],
    ...(uid !== undefined && { uid }),
  })
}

const ACCOUNT = spotOf({})

const EXCHANGE_INFO = json({
  timezone: 'UTC',
  serverTime: 1_700_000_000_000,
  rateLimits: [],
  exchangeFilters: [],
  symbols: [
    {
      symbol: 'BTCUSDT',
      status: 'TRADING',
      baseAsset: 'BTC',
      baseAssetPrecision: 8,
      quoteAsset: 'USDT',
      quotePrecision: 8,
      quoteAssetPrecision: 8,
      orderTypes: ['LIMIT', 'MARKET'],
      icebergAllowed: false,
      isSpotTradingAllowed: true,
      isMarginTradingAllowed: false,
      filters: [],
      permissions: ['SPOT'],
    },
  ],
})

/** Starts the server on a free port of 127.0.0.1. */
export async function startBinanceReplies(): Promise<BinanceReplies> {
  const server = createServer((request, response) => answer({ replies, request, response }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // listen() on a TCP port gives an AddressInfo.
  const { port } = server.address() as AddressInfo
  const replies: BinanceReplies = {
    url: `http://127.0.0.1:${port}`,
    account: ACCOUNT,
    accounts: new Map(),
    next: [],
    restrictions: apiRestrictions(),
    signed: [],
    reset() {
      replies.account = ACCOUNT
      replies.accounts.clear()
      replies.next.length = 0
      replies.restrictions = apiRestrictions()
      replies.signed.length = 0
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return replies
}

function answer(o: { replies: BinanceReplies; request: IncomingMessage; response: ServerResponse }): void {
  const { replies, request, response } = o
  const path = new URL(request.url ?? '/', replies.url).pathname
  const apiKey = request.headers['x-mbx-apikey']
  const reply = replyTo({ replies, path, apiKey: String(apiKey) })
  if (typeof apiKey === 'string') replies.signed.push({ path, apiKey })
  if (reply === 'hang') return
  response.writeHead(reply.status, reply.headers).end(reply.body)
}

function replyTo({
  replies,
  path,
  apiKey,
}: {
  replies: BinanceReplies
  path: string
  apiKey: string
}): Reply {
  if (path === '/api/v3/exchangeInfo') return EXCHANGE_INFO
  if (path === '/api/v3/time') return json({ serverTime: Date.now() })
  if (path === '/api/v3/account')
    return replies.next.shift() ?? replies.accounts.get(apiKey) ?? replies.account
  if (path === '/sapi/v1/account/apiRestrictions') return replies.restrictions
  return binanceError(-1102, `The test did not expect a call of ${path}.`, 404)
}
