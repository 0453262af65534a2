import { BinanceError } from './errors.ts'

/** Unfilled orders that an account may place, per window. */
export const ORDER_LIMITS = [
  { interval: 'SECOND', letter: 'S', intervalNum: 10, milliseconds: 10_000, limit: 100 },
  { interval: 'DAY', letter: 'D', intervalNum: 1, milliseconds: 86_400_000, limit: 200_000 },
] as const

type OrderLimit = (typeof ORDER_LIMITS)[number]

/** Accounts remembered at most; beyond, the oldest are forgotten. */
const MAX_ACCOUNTS = 100_000

/**
 * How many orders each account has placed in the windows under way. As at Binance ("Spot Unfilled Order Count
 * Rules") those that were refused or filled do not count.
 */
export interface OrderCounts {
  /** The count of each of ORDER_LIMITS, in that order. */
  of(accountId: number, now: number): number[]
  /** Counts a new order. @throws BinanceError 429 with -1015 beyond a limit. */
  add(accountId: number, now: number): void
  /** Takes an order off the counts: it was refused, or filled. */
  remove(accountId: number, now: number): void
}

/** Counts in memory, by windows that begin at whole multiples of their length. */
export function createOrderCounts(): OrderCounts {
  const accounts = new Map<number, { window: number; count: number }[]>()

  function find(accountId: number, now: number): { window: number; count: number }[] {
    let windows = accounts.get(accountId)
    if (!windows) {
      if (accounts.size >= MAX_ACCOUNTS) accounts.delete(accounts.keys().next().value ?? 0)
      windows = ORDER_LIMITS.map(() => ({ window: 0, count: 0 }))
      accounts.set(accountId, windows)
    }
    for (const [index, limit] of ORDER_LIMITS.entries()) {
      const window = Math.floor(now / limit.milliseconds)
      if (windows[index]?.window !== window) windows[index] = { window, count: 0 }
    }
    return windows
  }

  return {
    of: (accountId, now) => find(accountId, now).map(({ count }) => count),
    add(accountId, now) {
      const windows = find(accountId, now)
      for (const [index, limit] of ORDER_LIMITS.entries()) {
        if ((windows[index]?.count ?? 0) >= limit.limit) throw tooManyOrders(limit, now)
      }
      for (const window of windows) window.count += 1
    },
    remove(accountId, now) {
      for (const window of find(accountId, now)) window.count = Math.max(0, window.count - 1)
    },
  }
}

function tooManyOrders(limit: OrderLimit, now: number): BinanceError {
  const rest = limit.milliseconds - (now % limit.milliseconds)
  return new BinanceError({
    code: -1015,
    message: `Too many new orders; current limit is ${limit.limit} orders per ${limit.intervalNum} ${limit.interval}.`,
    status: 429,
    retryAfter: Math.ceil(rest / 1_000),
  })
}
