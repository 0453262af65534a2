import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMarket, type Market } from './markets.ts'
import { openReplaySource, type ReplayStart } from './replay.ts'
import { tapeFrom } from './tape.ts'

const FIRST = Date.UTC(2024, 2, 5)
const MINUTE = 60_000
const HEADER = 'symbol,openTime,open,high,low,close,volume'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paper-replay-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function open(lines: string[], start: ReplayStart = 'file') {
  const file = join(folder, 'candles')
  await writeFile(file, lines.join('\n'))
  return openReplaySource({ file, start })
}

function market(symbol: string): Market {
  const found = findMarket(symbol)
  if (!found) throw new Error(`${symbol} is no market`)
  return found
}

const rows = [
  `BTCUSDT,${FIRST},60000,60500.5,59900,60100,12.5`,
  `BTCUSDT,${FIRST + MINUTE},60100,60200,59800,59950.25,8`,
  `BTCUSDT,${FIRST + 3 * MINUTE},59000,59100,58900,59050,3`,
]
const bitcoin = market('BTCUSDT')

describe('a replay', () => {
  it('gives exactly the candles of the file, and a way to each', async () => {
    const source = await open([HEADER, ...rows])
    const now = FIRST + 10 * MINUTE
    expect(source.stretch({ market: bitcoin, from: FIRST, to: FIRST + MINUTE, now })).toMatchObject({
      open: 6_000_000,
      high: 6_050_050,
      low: 5_990_000,
      close: 6_010_000,
      lots: 1_250_000,
    })
    const reached = source.firstReach({
      market: bitcoin,
      direction: 'up',
      ticks: 6_050_050,
      from: FIRST,
      to: now,
    })
    expect(reached).toBeGreaterThanOrEqual(FIRST)
    expect(reached).toBeLessThan(FIRST + MINUTE)
  })

  it('stands still in a gap and after the end, and has nothing before its start or of other markets', async () => {
    const source = await open([HEADER, ...rows])
    expect(source.last(bitcoin, FIRST + 2.5 * MINUTE)?.ticks).toBe(5_995_025)
    expect(source.last(bitcoin, FIRST + 100 * MINUTE)?.ticks).toBe(5_905_000)
    expect(source.last(bitcoin, FIRST)).toBeNull()
    expect(source.last(market('ETHUSDT'), FIRST + MINUTE)).toBeNull()
  })

  it('can begin at another time', async () => {
    const start = Date.UTC(2026, 0, 1, 12, 0, 30)
    const source = await open([HEADER, ...rows], start)
    expect(source.last(bitcoin, start - 31_000)).toBeNull()
    expect(source.last(bitcoin, start - 30_000 + MINUTE)?.ticks).toBe(6_010_000)
  })

  it('reads JSON lines as well, and columns in any order', async () => {
    const [line = ''] = rows
    const [symbol, openTime, ...prices] = line.split(',')
    const [openPrice, high, low, close, volume] = prices
    const json = [0, 1].map((minute) =>
      JSON.stringify({
        symbol,
        openTime: Number(openTime) + minute * MINUTE,
        open: openPrice,
        high,
        low,
        close,
        volume,
      }),
    )
    const fromJson = await open(json)
    const fromCsv = await open([
      'close,volume,note,open,high,low,openTime,symbol',
      `${close},${volume},x,${openPrice},${high},${low},2024-03-05T00:00:00Z,${symbol}`,
      `${close},${volume},x,${openPrice},${high},${low},2024-03-05T00:01:00Z,${symbol}`,
    ])
    const question = { market: bitcoin, from: FIRST, to: FIRST + MINUTE, now: FIRST + MINUTE }
    expect(fromJson.stretch(question)).toEqual(fromCsv.stretch(question))
  })
})

it('has no trades before its first candle, nor in a market that it leaves out', async () => {
  const source = await open([HEADER, ...rows])
  const now = FIRST + MINUTE
  const first = (pair: Market) => tapeFrom({ market: pair, source, fromId: 0, limit: 1, now })
  expect(first(bitcoin)).toMatchObject([{ at: FIRST }])
  expect(first(market('ETHUSDT'))).toEqual([])
})

describe('a malformed file', () => {
  it.each<[string, string[], string]>([
    ['without a header', rows, 'candles:1: the header lacks symbol'],
    ['with a missing column', [HEADER, 'BTCUSDT,1'], 'candles:2: has 2 columns and not 7'],
    ['with an empty cell', [HEADER, `BTCUSDT,${FIRST},1,2,,1,1`], 'candles:2: has no low'],
    ['with an unknown market', [HEADER, `NOPE,${FIRST},1,1,1,1,1`], 'candles:2: NOPE is no market'],
    ['with a bad time', [HEADER, 'BTCUSDT,soon,1,1,1,1,1'], 'candles:2: its openTime'],
    [
      'with a bad number',
      [HEADER, `BTCUSDT,${FIRST},1e5,1,1,1,1`],
      'candles:2: its open is no plain decimal',
    ],
    ['with a high too low', [HEADER, `BTCUSDT,${FIRST},5,4,3,3,1`], 'candles:2: its high is below'],
    ['with a price of nothing', [HEADER, `BTCUSDT,${FIRST},0,1,0,1,1`], 'candles:2: has a price below'],
    ['out of order', [HEADER, rows[1] ?? '', rows[0] ?? ''], 'candles:3: does not open after'],
    ['with one candle only', [HEADER, rows[0] ?? ''], 'needs two candles'],
    ['of an odd length', [HEADER, rows[0] ?? '', `BTCUSDT,${FIRST + 7_000},1,1,1,1,1`], '7 seconds long'],
    ['with half a JSON', ['{"symbol":"BTC'], 'candles:1: is not JSON'],
  ])('%s is refused with its line', async (_name, lines, message) => {
    await expect(open(lines)).rejects.toThrow(message)
  })

  it('that is not there is named', async () => {
    await expect(openReplaySource({ file: '/nowhere/at-all', start: 'file' })).rejects.toThrow(
      'The replay file /nowhere/at-all is not there.',
    )
  })
})
