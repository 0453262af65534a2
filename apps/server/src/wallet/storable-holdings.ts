import type { Holding } from '@opentrade/exchange'
import { formatMoney, Money, parseMoney } from '../price/money.ts'
import { isStorableName, printableName } from '../storable-name.ts'

/** NUMERIC(38,18) holds twenty digits before the point and eighteen after it. */
const FIRST_TOO_LARGE = new Money('1e20')
const SCALE = 18

export interface StorableHoldings {
  holdings: Holding[]
  /** Assets that the database cannot hold as they are, by printable names: they are left out, and the person is told. */
  leftOut: string[]
}

/**
 * Makes holdings fit the database: amounts are cut after 18 places (never rounded up to more than there is),
 * the total is the sum of both parts, an asset that is named twice in an account type is added up, and what
 * is neither held nor owed is dropped.
 */
export function storableHoldings(holdings: readonly Holding[]): StorableHoldings {
  const byKey = new Map<string, Holding>()
  const leftOut = new Set<string>()
  for (const holding of holdings) {
    const key = JSON.stringify([holding.accountType, holding.asset])
    const merged = makeStorable({ holding, before: byKey.get(key) })
    if (merged) byKey.set(key, merged)
    else leftOut.add(printableName(holding.asset))
  }
  const isSomething = (holding: Holding) => holding.free !== '0' || holding.locked !== '0'
  return { holdings: [...byKey.values()].filter(isSomething), leftOut: [...leftOut].sort() }
}

function makeStorable({
  holding,
  before,
}: {
  holding: Holding
  before: Holding | undefined
}): Holding | null {
  const free = cut(holding.free, before?.free)
  const locked = cut(holding.locked, before?.locked)
  const total = free && locked && free.plus(locked)
  const fits = total && [free, locked, total].every((amount) => amount.abs().lt(FIRST_TOO_LARGE))
  const { accountType, asset } = holding
  if (!fits || !isStorableName(accountType) || !isStorableName(asset)) return null
  // What has no name that could be stored has no price either.
  const priceAsset = isStorableName(holding.priceAsset) ? holding.priceAsset : ''
  return {
    ...{ accountType, asset, priceAsset },
    ...{ free: formatMoney(free), locked: formatMoney(locked), total: formatMoney(total) },
  }
}

function cut(text: string, before: string | undefined): Money | null {
  const amount = parseMoney(text)
  const cutAmount = amount?.toDecimalPlaces(SCALE, Money.ROUND_DOWN)
  return cutAmount?.plus(before ?? 0) ?? null
}
