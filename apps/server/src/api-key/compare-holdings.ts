import type { KeyCheck } from '@opentrade/exchange'

type Seen = Pick<KeyCheck, 'holdings' | 'unread'>

/**
 * Whether two keys see the same account, by what it holds. One key was read before and after the other; what changed
 * meanwhile says nothing, for a trade may have come in between; nor does an asset that one of them could not read.
 * @returns `unknown` when nothing that stood still was held
 */
export function compareHoldings(o: {
  before: Seen
  other: Seen
  after: Seen
}): 'same' | 'different' | 'unknown' {
  const [before, other, after] = [totals(o.before), totals(o.other), totals(o.after)]
  const unread = new Set([o.before, o.other, o.after].flatMap((seen) => seen.unread.map(nameOf)))
  const still = [...new Set([...before.keys(), ...other.keys(), ...after.keys()])].filter(
    (name) => !unread.has(name) && before.get(name) === after.get(name),
  )
  if (still.some((name) => other.get(name) !== before.get(name))) return 'different'
  return still.length > 0 ? 'same' : 'unknown'
}

function totals({ holdings }: Seen): Map<string, string> {
  return new Map(holdings.map((holding) => [nameOf(holding), holding.total]))
}

function nameOf({ accountType, asset }: { accountType: string; asset: string }): string {
  return `${accountType}\0${asset}`
}
