import type { Holding } from '@opentrade/exchange'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareHoldings } from './compare-holdings.ts'

type Seen = Parameters<typeof compareHoldings>[0]

/** Compares what was read in full. */
function compare(o: Record<keyof Seen, readonly Holding[]>) {
  const whole = (holdings: readonly Holding[]) => ({ holdings: [...holdings], unread: [] })
  return compareHoldings({ before: whole(o.before), other: whole(o.other), after: whole(o.after) })
}

function holding(asset: string, total: string, accountType = 'spot'): Holding {
  return { accountType, asset, free: total, locked: '0', total, priceAsset: asset }
}

const portfolios = fc
  .uniqueArray(fc.constantFrom('BTC', 'ETH', 'SOL', 'USDT', 'EUR'), { minLength: 1 })
  .chain((assets) =>
    fc.tuple(...assets.map((asset) => fc.integer({ min: 1 }).map((n) => holding(asset, `${n}`)))),
  )

describe('two keys, by what their accounts hold', () => {
  it('see the same account when nothing changed, in whatever order it is told', () => {
    fc.assert(
      fc.property(portfolios, (held) => {
        expect(compare({ before: held, other: held.toReversed(), after: held })).toBe('same')
      }),
    )
  })

  it('see different accounts when anything that stood still differs', () => {
    fc.assert(
      fc.property(portfolios, fc.nat(), (held, at) => {
        const index = at % held.length
        const changed = held.map((each, place) => (place === index ? holding(each.asset, '0.5') : each))
        const missing = held.filter((_, place) => place !== index)
        for (const other of [changed, missing, [...held, holding('DOGE', '7')]]) {
          expect(compare({ before: held, other, after: held })).toBe('different')
        }
      }),
    )
  })

  it('are not told apart by what changed between the reads', () => {
    const before = [holding('BTC', '1'), holding('USDT', '100')]
    const after = [holding('BTC', '1'), holding('USDT', '40'), holding('ETH', '2')]
    const other = [holding('BTC', '1'), holding('USDT', '70'), holding('ETH', '1')]
    expect(compare({ before, other, after })).toBe('same')
  })

  it('say nothing when nothing stood still, or nothing is held', () => {
    expect(compare({ before: [], other: [], after: [] })).toBe('unknown')
    const [before, after] = [[holding('BTC', '1')], [holding('BTC', '2')]]
    expect(compare({ before, other: before, after })).toBe('unknown')
  })

  it('are not told apart by an asset that one of them could not read', () => {
    const [btc, eth] = [holding('BTC', '1'), holding('ETH', '2')]
    const whole = { holdings: [btc, eth], unread: [] }
    const part = {
      holdings: [btc],
      unread: [{ accountType: 'spot', asset: 'ETH', reason: 'not-a-number' as const }],
    }
    expect(compareHoldings({ before: whole, other: part, after: whole })).toBe('same')
    expect(compareHoldings({ before: part, other: whole, after: part })).toBe('same')
    const nothingElse = { ...part, holdings: [] }
    expect(compareHoldings({ before: nothingElse, other: whole, after: whole })).toBe('unknown')
  })

  it('differ when one holds the same in another account type', () => {
    const held = [holding('BTC', '1')]
    const other = [holding('BTC', '1', 'margin')]
    expect(compare({ before: held, other, after: held })).toBe('different')
  })
})
