import { type Amount, AmountError, formatAmount, parseAmount, zero } from './decimal.ts'
import type { Holding, UnreadAsset } from './types.ts'

/**
 * One asset as an exchange states it. An amount whose key is there should have been stated: without a total, one
 * that is null or empty makes the asset unreadable, and one that is undefined counts as zero beside another.
 */
export interface StatedHolding {
  accountType: string
  asset: string
  /** The exchange's own id of the asset, where it is known: it tells apart what ccxt calls by one code. */
  assetId?: string
  free?: unknown
  used?: unknown
  total?: unknown
  /** What is owed of this asset, not yet taken off the other three. */
  debt?: unknown
  /** What open positions have won or lost, not yet counted in the other three. */
  gain?: unknown
  /** True if the account may hold less than nothing. Defaults to false for the types that lend nothing. */
  mayOwe?: boolean
  /** Defaults to the asset. */
  priceAsset?: string
}

/** True if any amount of it is stated: an answer in which none is says nothing of an account. */
export function statesAmount({ free, used, total }: StatedHolding): boolean {
  return [free, used, total].some((amount) => amount !== undefined && amount !== null && amount !== '')
}

/** Account types that hold what a person owns and nothing borrowed. */
const lendsNothing = new Set(['spot', 'funding', 'earn', 'staking', 'vault'])

/** Thrown for an asset of which the exchange does not say how much there is. */
class NoAmountError extends Error {
  override readonly name = 'NoAmountError'
}

interface Parts {
  free: Amount
  locked: Amount
}

/** What is stated as total, free and used adds up to. Throws NoAmountError if that cannot be told. */
function totalOf(stated: StatedHolding, amounts: Record<'free' | 'used' | 'total', Amount | null>): Amount {
  const { free, used, total } = amounts
  if (total !== null) return total
  if (free !== null && used !== null) return free.plus(used)
  const isSilent = (name: 'free' | 'used' | 'total'): boolean => !(name in stated)
  if (isSilent('total') && free !== null && stated.used === undefined) return free
  if (isSilent('total') && isSilent('free') && used !== null) return used
  if (isSilent('total') && isSilent('free') && isSilent('used')) return zero
  throw new NoAmountError('No amount is stated')
}

/**
 * Splits what is stated into free and locked, so that they add up to the total.
 *
 * The stated total wins over a stated free amount, for it is what the person owns: locked is what is stated
 * as used, else what the total leaves beside free; free is the rest. Where free exceeds the total (some
 * margin accounts count what could be borrowed), nothing is locked. What open positions have won or lost
 * counts as free, and debt lowers free, which may become negative: a margin account that owes more than it
 * holds of an asset shows exactly that.
 * Throws AmountError or NoAmountError if the amounts are none, or cannot be of this account.
 */
function partsOf(stated: StatedHolding): Parts {
  const free = parseAmount(stated.free)
  const used = parseAmount(stated.used)
  const total = parseAmount(stated.total)
  const mayOwe = stated.mayOwe ?? !lendsNothing.has(stated.accountType)
  const isNegative = (amount: Amount | null): boolean => amount?.lt(0) ?? false
  // Nobody has less than nothing locked, and where nothing is lent nobody owns less than nothing.
  if (isNegative(used) || (!mayOwe && (isNegative(free) || isNegative(total))))
    throw new AmountError('not-a-number')
  const owned = totalOf(stated, { free, used, total })
    .plus(parseAmount(stated.gain) ?? zero)
    .minus(parseAmount(stated.debt) ?? zero)
  const beside = used ?? (free === null || total === null ? zero : total.minus(free))
  const locked = beside.isNegative() ? zero : beside
  return { free: owned.minus(locked), locked }
}

/** By code units: comparing by language takes longer than all the rest of a sync. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

type Sum = Parts & Pick<Holding, 'accountType' | 'asset' | 'priceAsset'>

function reasonOf(error: unknown): UnreadAsset['reason'] {
  if (error instanceof NoAmountError) return 'no-amount'
  if (error instanceof AmountError) return error.reason
  throw error
}

/**
 * Holdings in our form: plain decimals, total = free + locked, one per account type and asset, nothing that
 * is zero, sorted. Amounts of the same asset and account type are added. An asset of which any amount is
 * unreadable is in `unread` and not among the holdings: a part of it would pass for the whole.
 */
export function toHoldings(stated: StatedHolding[]): { holdings: Holding[]; unread: UnreadAsset[] } {
  const sums = new Map<string, Sum>()
  const unread = new Map<string, UnreadAsset>()
  for (const entry of stated) {
    const { accountType, asset, priceAsset = asset } = entry
    const key = `${accountType}\0${asset}`
    try {
      const { free, locked } = partsOf(entry)
      const before = sums.get(key) ?? { free: zero, locked: zero }
      const sum = { free: before.free.plus(free), locked: before.locked.plus(locked) }
      sums.set(key, { accountType, asset, priceAsset, ...sum })
    } catch (error) {
      unread.set(key, { accountType, asset, reason: reasonOf(error) })
    }
  }
  const byName = (a: UnreadAsset | Holding, b: UnreadAsset | Holding): number =>
    compare(a.accountType, b.accountType) || compare(a.asset, b.asset)
  const holdings = [...sums]
    .filter(([key, { free, locked }]) => !unread.has(key) && !(free.isZero() && locked.isZero()))
    .map(([, { free, locked, ...names }]) => ({
      ...names,
      free: formatAmount(free),
      locked: formatAmount(locked),
      total: formatAmount(free.plus(locked)),
    }))
  return { holdings: holdings.sort(byName), unread: [...unread.values()].sort(byName) }
}
