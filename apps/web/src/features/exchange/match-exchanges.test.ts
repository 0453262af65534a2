import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchExchanges } from './match-exchanges.ts'

function exchange(exchangeId: string, exchangeName: string) {
  const links = { website: null, docs: null, keysUrl: null }
  return { exchangeId, exchangeName, requiredCredentials: [], isActive: true, ...links }
}

const ALL = [
  exchange('paper', 'Paper exchange'),
  exchange('binance', 'Binance'),
  exchange('binanceus', 'Binance US'),
  exchange('gate', 'Gate.io'),
  exchange('okx', 'OKX'),
  exchange('bitnance', 'My Binance clone'),
]

function found(query: string): string[] {
  return matchExchanges(ALL, query).map(({ exchangeId }) => exchangeId)
}

describe('searching an exchange', () => {
  it('shows all before anything is typed', () => {
    expect(found('  ')).toEqual(ALL.map(({ exchangeId }) => exchangeId))
  })

  it('minds neither case nor dots nor blanks', () => {
    expect(found('GATEIO')).toEqual(['gate'])
    expect(found('binance u s')).toEqual(['binanceus'])
  })

  it('puts first what begins so', () => {
    expect(found('binance')).toEqual(['binance', 'binanceus', 'bitnance'])
  })

  it('finds nothing else, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        expect(ALL).toEqual(expect.arrayContaining(matchExchanges(ALL, query)))
      }),
    )
  })
})
