import type { Queryable } from '@opentrade/db'
import { Decimal } from 'decimal.js'

/** A fill as it is about to be stored. */
export interface NewTrade {
  accountId: number
  orderId: number
  symbol: string
  price: Decimal
  qty: Decimal
  quoteQty: Decimal
  commission: Decimal
  commissionAsset: string
  isBuyer: boolean
  isMaker: boolean
  tradedMs: number
}

export interface Trade extends NewTrade {
  tradeId: number
}

interface TradeRow {
  account_id: string
  trade_id: string
  order_id: string
  symbol: string
  price: string
  qty: string
  quote_qty: string
  commission: string
  commission_asset: string
  is_buyer: boolean
  is_maker: boolean
  traded_ms: string
}

const COLUMNS = `account_id, trade_id, order_id, symbol, price, qty, quote_qty, commission, commission_asset,
  is_buyer, is_maker, traded_ms`

function toTrade(row: TradeRow): Trade {
  return {
    accountId: Number(row.account_id),
    tradeId: Number(row.trade_id),
    orderId: Number(row.order_id),
    symbol: row.symbol,
    price: new Decimal(row.price),
    qty: new Decimal(row.qty),
    quoteQty: new Decimal(row.quote_qty),
    commission: new Decimal(row.commission),
    commissionAsset: row.commission_asset,
    isBuyer: row.is_buyer,
    isMaker: row.is_maker,
    tradedMs: Number(row.traded_ms),
  }
}

/** Stores a fill; returns it with its id. */
export async function insertTrade(q: Queryable, trade: NewTrade): Promise<Trade> {
  const { rows } = await q.query<TradeRow>(
    `INSERT INTO paper.trades (account_id, order_id, symbol, price, qty, quote_qty, commission, commission_asset,
       is_buyer, is_maker, traded_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING ${COLUMNS}`,
    [
      trade.accountId,
      trade.orderId,
      trade.symbol,
      trade.price.toFixed(),
      trade.qty.toFixed(),
      trade.quoteQty.toFixed(),
      trade.commission.toFixed(),
      trade.commissionAsset,
      trade.isBuyer,
      trade.isMaker,
      trade.tradedMs,
    ],
  )
  const row = rows[0]
  if (!row) throw new Error('The new trade was not returned.')
  return toTrade(row)
}

/** Trades of an account in a market by id: those from `fromId` or `from` on, else the latest. */
export async function listTrades(
  q: Queryable,
  o: {
    accountId: number
    symbol: string
    orderId: number | null
    fromId: number | null
    from: number | null
    to: number | null
    limit: number
  },
): Promise<Trade[]> {
  const ascending = o.fromId !== null || o.from !== null
  const { rows } = await q.query<TradeRow>(
    `SELECT ${COLUMNS} FROM paper.trades
     WHERE account_id = $1 AND symbol = $2 AND ($3::bigint IS NULL OR order_id = $3)
       AND ($4::bigint IS NULL OR trade_id >= $4) AND ($5::bigint IS NULL OR traded_ms >= $5)
       AND ($6::bigint IS NULL OR traded_ms <= $6)
     ORDER BY trade_id ${ascending ? 'ASC' : 'DESC'} LIMIT $7`,
    [o.accountId, o.symbol, o.orderId, o.fromId, o.from, o.to, o.limit],
  )
  const trades = rows.map(toTrade)
  return ascending ? trades : trades.reverse()
}
