import { describe, expect, it } from 'vitest'
import { plotData, valueRange } from './plot-data.ts'

function point(hour: number, totalUsdValue: string, complete = true) {
  return { at: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(), totalUsdValue, complete }
}

describe('a history with a partial snapshot', () => {
  const data = plotData([point(0, '10'), point(1, '10', false), point(2, '12'), point(3, '13')])

  it('leaves a gap in what is known', () => {
    expect(data.complete).toEqual([10, null, 12, 13])
  })

  it('bridges the gap from the last complete value to the next', () => {
    expect(data.carried).toEqual([10, 10, 12, null])
  })

  it('stands at its times', () => {
    expect(data.seconds[1]).toBe(Date.UTC(2026, 0, 1, 1) / 1000)
  })
})

describe('a history with a stretch that nothing was read in', () => {
  const hours = [...Array.from({ length: 12 }, (_, hour) => hour), 30, 31]
  const data = plotData(hours.map((hour) => point(hour, String(hour))))

  it('has a gap there, bridged from the last value to the next', () => {
    expect(data.afterGap).toEqual([12])
    expect(data.carried).toEqual([...Array.from({ length: 11 }, () => null), 11, 30, null])
  })

  it('has none while there are too few points to tell', () => {
    expect(plotData([0, 1, 2, 30].map((hour) => point(hour, '1'))).afterGap).toEqual([])
  })
})

describe('the value axis', () => {
  it('gives a flat line room on both sides', () => {
    const [floor, top] = valueRange(100, 100)
    expect(floor).toBeLessThan(100)
    expect(top).toBeGreaterThan(100)
  })

  it('never goes below zero for values that do not', () => {
    expect(valueRange(0.5, 1000)[0]).toBe(0)
  })

  it('stands without values', () => {
    expect(valueRange(null, null)).toEqual([0, 1])
  })
})
