import { z } from 'zod'

/** A feed that has not answered by then counts as down. */
const TIMEOUT_MS = 5_000

/** No list of all tickers comes near it. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

const amount = z.string().regex(/^-?\d{1,30}(\.\d{1,30})?$/)

const Ticker = z.object({
  symbol: z.string(),
  lastPrice: amount,
  openPrice: amount,
  highPrice: amount,
  lowPrice: amount,
  volume: amount,
  count: z.number().int().min(0),
})

/** A day's statistics of one market, as the feed gives them. */
export type FeedTicker = z.infer<typeof Ticker>

const Kline = z
  .tuple([z.number(), amount, amount, amount, amount, amount, z.number(), amount, z.number(), amount])
  .rest(z.unknown())

/** A candle as the feed gives it. */
export type FeedKline = z.infer<typeof Kline>

/** Public prices of a Binance-compatible exchange. Every function throws when it is down or answers nonsense. */
export interface LiveFeed {
  tickers(): Promise<FeedTicker[]>
  klines(o: {
    symbol: string
    interval: string
    startTime: number
    endTime: number
    limit: number
    timeZone: string
  }): Promise<FeedKline[]>
}

/** A feed of the exchange at a base URL. @throws Error when that is no http(s) address. */
export function createLiveFeed(baseUrl: string): LiveFeed {
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (!base || !['http:', 'https:'].includes(base.protocol)) {
    throw new Error(`PAPER_MARKET names '${baseUrl}', which is no http or https address.`)
  }
  const origin = baseUrl.replace(/\/+$/, '')

  return {
    async tickers() {
      const list = z.array(z.unknown()).parse(await readJson(`${origin}/api/v3/ticker/24hr`))
      // Markets that are not traded have odd numbers; they are no reason to lose the others.
      return list.flatMap((item) => Ticker.safeParse(item).data ?? [])
    },
    async klines(o) {
      const query = new URLSearchParams({
        symbol: o.symbol,
        interval: o.interval,
        startTime: String(o.startTime),
        endTime: String(o.endTime),
        timeZone: o.timeZone,
        limit: String(o.limit),
      })
      return z.array(Kline).parse(await readJson(`${origin}/api/v3/klines?${query}`))
    },
  }
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  if (!response.ok || !response.body) throw new Error(`the feed answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw new Error('the feed answered too much')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
