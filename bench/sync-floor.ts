// The floor of the sync bench: ccxt alone, one instance for each user, markets shared, the same signed calls.
import { randomUUID } from 'node:crypto'
import ccxt, { type Exchange } from 'ccxt'
import { CONCURRENCY, type SyncRound } from './sync.ts'

const { PAPER_URL: paperUrl = '', PAPER_ADMIN_TOKEN: adminToken = '' } = process.env

interface Account {
  apiKey: string
  secret: string
}

const accounts: Account[] = []
let markets: Pick<Exchange, 'markets' | 'currencies'> | null = null

process.on('message', ({ users }: { users: number }) => {
  runRound(users).then((round) => process.send?.(round))
})

async function runRound(users: number): Promise<SyncRound> {
  while (accounts.length < users) accounts.push(await openAccount())
  markets ??= await loadMarkets()
  const startedAt = process.hrtime.bigint()
  const queue = [...accounts.slice(0, users)]
  await Promise.all(Array.from({ length: CONCURRENCY }, () => drain(queue)))
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  globalThis.gc?.()
  return { seconds, heapBytes: process.memoryUsage().heapUsed }
}

async function drain(queue: Account[]): Promise<void> {
  for (let account = queue.pop(); account; account = queue.pop()) {
    const exchange = openBinance(account)
    // ccxt declares the parameter without a type; it takes what loadMarkets left.
    exchange.setMarkets(markets?.markets, markets?.currencies as undefined)
    await exchange.fetchBalance({ type: 'spot' })
    await exchange.fetchBalance({ type: 'funding' })
    await exchange.request('simple-earn/flexible/position', 'sapi', 'GET', { current: 1, size: 100 })
    await exchange.request('simple-earn/locked/position', 'sapi', 'GET', { current: 1, size: 100 })
  }
}

function openBinance(account?: Account) {
  const exchange = new ccxt.binance({
    ...account,
    number: String,
    enableRateLimit: false,
    options: { fetchMargins: false, fetchMarkets: { types: ['spot'] } },
  })
  exchange.has.fetchCurrencies = false
  rebase(exchange.urls.api)
  return exchange
}

/** Puts the paper exchange in the place of every host. */
function rebase(urls: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(urls)) {
    if (typeof value === 'string') urls[name] = value.replace(/^https?:\/\/[^/]+/, paperUrl)
    else rebase(value as Record<string, unknown>)
  }
}

async function loadMarkets() {
  const exchange = openBinance()
  await exchange.loadMarkets()
  return { markets: exchange.markets, currencies: exchange.currencies }
}

async function openAccount(): Promise<Account> {
  const response = await fetch(new URL('/paper/accounts', paperUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reference: randomUUID() }),
  })
  const { apiKey, secret } = (await response.json()) as Account
  return { apiKey, secret }
}
