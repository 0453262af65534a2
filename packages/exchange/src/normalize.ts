import { type Amount, formatAmount, parseAmount, zero } from './decimal.ts'
import { isRecord } from './json.ts'
import type { Holding } from './types.ts'

/** One asset as an exchange states it; each amount may be missing. */
export interface StatedHolding {
  accountType: string
  asset: string
  free?: unknown
  used?: unknown
  total?: unknown
  /** What is owed of this asset, not yet taken off the other three. */
  debt?: unknown
  /** Defaults to the asset. */
  priceAsset?: string
}

/** Keys of ccxt's balance structure that are no assets. */
const notAssets = new Set(['info', 'timestamp', 'datetime', 'free', 'used', 'total', 'debt'])

/** True if any amount of it is stated: ccxt makes entries without one out of what it does not understand. */
export function statesAmount({ free, used, total }: StatedHolding): boolean {
  return [free, used, total].some((amount) => amount !== undefined && amount !== null && amount !== '')
}

/** The assets in ccxt's balance structure, as stated. */
export function statedHoldings(options: { accountType: string; balance: unknown }): StatedHolding[] {
  const { accountType, balance } = options
  if (!isRecord(balance)) return []
  return Object.entries(balance).flatMap(([asset, entry]) =>
    notAssets.has(asset) || !isRecord(entry)
      ? []
      : [{ accountType, asset, free: entry.free, used: entry.used, total: entry.total, debt: entry.debt }],
  )
}

interface Parts {
  free: Amount
  locked: Amount
}

/**
 * Splits what is stated into free and locked, so that they add up to the total.
 *
 * The stated total wins over a stated free amount, for it is what the person owns: locked is what is stated
 * as used, else what the total leaves beside free; free is the rest. Where free exceeds the total (some
 * margin accounts count what could be borrowed), nothing is locked. Debt lowers free, which may become
 * negative: a margin account that owes more than it holds of an asset shows exactly that.
 */
function partsOf(stated: StatedHolding): Parts | null {
  const free = parseAmount(stated.free)
  const used = parseAmount(stated.used)
  const total =
    parseAmount(stated.total) ?? (free === null && used === null ? null : (free ?? zero).plus(used ?? zero))
  const debt = parseAmount(stated.debt) ?? zero
  if (total === null) return debt.isZero() ? null : { free: debt.neg(), locked: zero }
  const beside = used ?? (free === null ? zero : total.minus(free))
  const locked = beside.isNegative() ? zero : beside
  return { free: total.minus(locked).minus(debt), locked }
}

/** By code units: comparing by language takes longer than all the rest of a sync. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * Holdings in our form: plain decimals, total = free + locked, one per account type and asset, nothing that
 * is zero, sorted. Amounts of the same asset and account type are added. Throws AmountError.
 */
export function toHoldings(stated: StatedHolding[]): Holding[] {
  const sums = new Map<string, Parts & Pick<Holding, 'accountType' | 'asset' | 'priceAsset'>>()
  for (const entry of stated) {
    const parts = partsOf(entry)
    if (parts === null) continue
    const { accountType, asset, priceAsset = asset } = entry
    const key = `${accountType}\0${asset}`
    const before = sums.get(key) ?? { free: zero, locked: zero }
    sums.set(key, {
      accountType,
      asset,
      priceAsset,
      free: before.free.plus(parts.free),
      locked: before.locked.plus(parts.locked),
    })
  }
  return [...sums.values()]
    .filter(({ free, locked }) => !free.isZero() || !locked.isZero())
    .map(({ free, locked, ...names }) => ({
      ...names,
      free: formatAmount(free),
      locked: formatAmount(locked),
      total: formatAmount(free.plus(locked)),
    }))
    .sort((a, b) => compare(a.accountType, b.accountType) || compare(a.asset, b.asset))
}
