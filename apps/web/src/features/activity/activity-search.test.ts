import { describe, expect, it } from 'vitest'
import { ACT_KINDS, activitySearch, filterOf } from './activity-search.ts'

const now = new Date('2026-03-10T12:34:56Z')

describe('the filter of the log', () => {
  it('asks for everything, for all but openings, or for a kind', () => {
    expect(filterOf({ kind: 'all', period: 'all', now })).toEqual({})
    expect(filterOf({ kind: 'acts', period: 'all', now })).toEqual({ except: ['vault.opened'] })
    expect(filterOf({ kind: 'openings', period: 'all', now })).toEqual({ actions: ['vault.opened'] })
  })

  it('reaches back at least as far as it says', () => {
    expect(filterOf({ kind: 'all', period: '24h', now })).toEqual({ from: '2026-03-09T12:00:00.000Z' })
    expect(filterOf({ kind: 'all', period: '30d', now })).toEqual({ from: '2026-02-08T12:00:00.000Z' })
  })

  it('puts no act in two kinds', () => {
    const actions = ACT_KINDS.flatMap(
      ({ value }) => filterOf({ kind: value, period: 'all', now }).actions ?? [],
    )
    expect(new Set(actions).size).toBe(actions.length)
  })

  it('drops what an address cannot mean', () => {
    expect(activitySearch.parse({ kind: 'x', period: 5 })).toEqual({})
    expect(activitySearch.parse({ kind: 'keys', period: '7d' })).toEqual({ kind: 'keys', period: '7d' })
  })
})
