import type { Holding } from '@opentrade/exchange'

/**
 * Whether two keys see the same account, by what it holds. One key was read before and after the other; what changed
 * meanwhile says nothing, for a trade may have come in between.
 * @returns `unknown` when nothing that stood still was held
 */
export function compareHoldings(o: {
  before: readonly Holding[]
  other: readonly Holding[]
  after: readonly Holding[]
}): 'same' | 'different' | 'unknown' {
  const [before, other, after] = [totals(o.before), totals(o.other), totals(o.after)]
  const still = [...new Set([...before.keys(), ...other.keys(), ...after.keys()])].filter(
    (name) => before.get(name) === after.get(name),
  )
  if (still.some((name) => other.get(name) !== before.get(name))) return 'different'
  return still.length > 0 ? 'same' : 'unknown'
}

function totals(holdings: readonly Holding[]): Map<string, string> {
  return new Map(holdings.map(({ accountType, asset, total }) => [`${accountType}\0${asset}`, total]))
}
