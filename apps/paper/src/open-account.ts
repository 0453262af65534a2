import { inTransaction } from '@opentrade/db'
import { Decimal } from 'decimal.js'
import type pg from 'pg'
import { hashText, uniform } from './market/hash.ts'
import { findMarket, priceOf } from './market/markets.ts'
import { ensureAccount } from './store/accounts.ts'
import { type AccountType, insertBalances } from './store/balances.ts'
import { createApiKey, insertKey, secretOf } from './store/keys.ts'
import { placeOrder } from './trading/place-order.ts'
import type { Venue } from './venue.ts'

/** An asset that no market trades: what a wallet shows of it is "unpriced". */
const UNLISTED = 'PAPERPT'

/** What every new account begins with. Amounts below a cent's worth of their market are the dust. */
const STARTING: Record<AccountType, Record<string, string>> = {
  spot: {
    USDT: '10000',
    BTC: '0.25',
    ETH: '3',
    SOL: '40',
    BNB: '1.5',
    USDC: '500',
    EUR: '250',
    DOGE: '1200',
    ADA: '350',
    LINK: '22.5',
    [UNLISTED]: '12500',
  },
  funding: { USDT: '250', BTC: '0.01', BNB: '0.2' },
  earn_flexible: { USDT: '1500', ETH: '0.4' },
  earn_locked: { SOL: '5' },
}

/** Assets of which a new account has a speck, chosen by the seed. */
const DUST = ['XRP', 'LTC', 'TRX', 'SHIB'] as const

/** Orders that a new account has open: far enough from the market to rest for a while. */
const OPEN_ORDERS = [
  { symbol: 'BTCUSDT', side: 'BUY', quantity: '0.02', priceShare: '0.82' },
  { symbol: 'SOLUSDT', side: 'SELL', quantity: '6', priceShare: '1.35' },
] as const

/**
 * Opens an account with its starting balances, or finds the one of the same reference, and makes a new key to it.
 * The secret is returned here and cannot be asked for again; a key that signs with a private key has none.
 */
export async function openAccount(o: {
  venue: Venue
  reference: string
  label: string
  publicKey: string | null
}): Promise<{ accountId: number; apiKey: string; secret: string | null }> {
  const { venue } = o
  const now = venue.clock.now()
  const apiKey = createApiKey()
  const accountId = await inTransaction(venue.pool, async (client) => {
    const account = await ensureAccount(client, { reference: o.reference, label: o.label, now })
    if (account.created) await fund({ client, venue, accountId: account.accountId, now })
    await insertKey(client, { apiKey, publicKey: o.publicKey, accountId: account.accountId, now })
    return account.accountId
  })
  return { accountId, apiKey, secret: o.publicKey === null ? secretOf(venue.keySeed, apiKey) : null }
}

async function fund(o: {
  client: pg.PoolClient
  venue: Venue
  accountId: number
  now: number
}): Promise<void> {
  const { client, venue, accountId } = o
  for (const accountType of ['spot', 'funding', 'earn_flexible', 'earn_locked'] as const) {
    const amounts = { ...STARTING[accountType], ...(accountType === 'spot' ? dust(venue.seed) : {}) }
    const balances = Object.entries(amounts).map(([asset, free]) => ({ asset, free }))
    await insertBalances(client, { accountId, accountType, balances })
  }
  for (const order of OPEN_ORDERS) await openOrder({ ...o, order })
}

function dust(seed: string): Record<string, string> {
  const entries = DUST.map((asset, index) => {
    const units = 1 + Math.floor(uniform(hashText(`dust:${seed}`), index) * 2_000)
    return [asset, new Decimal(units).div(100_000_000).toFixed()] as const
  })
  return Object.fromEntries(entries)
}

async function openOrder(o: {
  client: pg.PoolClient
  venue: Venue
  accountId: number
  now: number
  order: (typeof OPEN_ORDERS)[number]
}): Promise<void> {
  const { client, venue, accountId, now, order } = o
  const market = findMarket(order.symbol)
  const last = market && venue.source.last(market, now)
  // A live source that is down has no price yet: the account then begins without this order.
  if (!market || !last) return
  const price = priceOf(market, last.ticks).mul(order.priceShare).toDecimalPlaces(market.priceDecimals)
  await placeOrder({
    client,
    venue,
    accountId,
    now,
    request: {
      market,
      side: order.side,
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: new Decimal(order.quantity),
      quoteOrderQty: null,
      price,
      stopPrice: null,
      clientOrderId: `welcome-${order.symbol}`,
      responseType: 'ACK',
    },
  })
}
