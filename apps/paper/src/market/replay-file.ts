import { open, stat } from 'node:fs/promises'
import { Decimal } from 'decimal.js'
import type { Bar } from './bar.ts'
import { findMarket, type Market } from './markets.ts'
import { PATH_STEPS } from './price-path.ts'

/** A file of candles cannot be larger; it is held in memory. */
const MAX_FILE_BYTES = 512 * 1024 * 1024

const FIELDS = ['symbol', 'openTime', 'open', 'high', 'low', 'close', 'volume'] as const
type Field = (typeof FIELDS)[number]
type Row = Record<Field, string>

/** Candles of a market, ascending; `opens` are Unix seconds. */
export interface ReplaySeries {
  market: Market
  opens: number[]
  bars: Bar[]
}

/** What a file of candles holds. */
export interface ReplayFile {
  /** The length of its candles in seconds. */
  seconds: number
  series: Map<string, ReplaySeries>
  /** When its first candle opens, in Unix seconds. */
  firstOpen: number
}

/**
 * Reads candles from CSV (with a header line) or JSON lines; README.md describes both.
 * @throws Error with `file:line: what is wrong`.
 */
export async function readReplayFile(file: string): Promise<ReplayFile> {
  const info = await stat(file).catch(() => null)
  if (!info?.isFile()) throw new Error(`The replay file ${file} is not there.`)
  if (info.size > MAX_FILE_BYTES) throw new Error(`The replay file ${file} is larger than 512 MB.`)

  const series = new Map<string, ReplaySeries>()
  let columns: Field[] | null = null
  let number = 0
  // Opened first: an error of a stream that is being opened would end the process.
  const handle = await open(file)
  for await (const line of handle.readLines()) {
    number += 1
    const text = line.replace(/^\uFEFF/, '').trim()
    if (text === '') continue
    try {
      if (text.startsWith('{')) addRow(series, readJson(text))
      else if (columns) addRow(series, readCsv(text, columns))
      else columns = readHeader(text)
    } catch (error) {
      throw new Error(`${file}:${number}: ${error instanceof Error ? error.message : 'is malformed'}`)
    }
  }
  return { ...measure(file, series), series }
}

function readHeader(line: string): Field[] {
  const names = line.split(',').map((name) => name.trim())
  const missing = FIELDS.filter((field) => !names.includes(field))
  if (missing.length > 0) throw new Error(`the header lacks ${missing.join(', ')}`)
  // Columns of other names are kept in place and never looked at.
  return names as Field[]
}

function readCsv(line: string, columns: readonly Field[]): Row {
  const cells = line.split(',')
  if (cells.length !== columns.length) {
    throw new Error(`has ${cells.length} columns and not ${columns.length}`)
  }
  const cellOf = (field: Field) => cells[columns.indexOf(field)]?.trim() ?? ''
  return toRow(cellOf)
}

function readJson(line: string): Row {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    throw new Error('is not JSON')
  }
  const object = new Map(Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}))
  return toRow((field) => {
    const value: unknown = object.get(field)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  })
}

function toRow(cellOf: (field: Field) => string): Row {
  const row: Row = { symbol: '', openTime: '', open: '', high: '', low: '', close: '', volume: '' }
  for (const field of FIELDS) {
    row[field] = cellOf(field)
    if (row[field] === '') throw new Error(`has no ${field}`)
  }
  return row
}

function addRow(all: Map<string, ReplaySeries>, row: Row): void {
  const market = findMarket(row.symbol)
  if (!market) throw new Error(`${row.symbol.slice(0, 20)} is no market of the paper exchange`)
  const open = readTime(row.openTime)
  const series = all.get(market.symbol) ?? { market, opens: [], bars: [] }
  const previous = series.opens.at(-1)
  if (previous !== undefined && open <= previous) throw new Error('does not open after the candle before it')
  series.opens.push(open)
  series.bars.push(readBar(market, row))
  all.set(market.symbol, series)
}

function readTime(text: string): number {
  const milliseconds = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0 || milliseconds % 1_000 !== 0) {
    throw new Error('its openTime is neither Unix milliseconds of a full second nor an ISO 8601 time')
  }
  return milliseconds / 1_000
}

function readBar(market: Market, row: Row): Bar {
  const ticks = (field: Field) => readAmount(row[field], field).div(market.tickSize).round().toNumber()
  const bar = {
    open: ticks('open'),
    high: ticks('high'),
    low: ticks('low'),
    close: ticks('close'),
    lots: readAmount(row.volume, 'volume').div(market.lotSize).round().toNumber(),
  }
  if (bar.low < 1) throw new Error(`has a price below the market's smallest, ${market.tickSize.toFixed()}`)
  if (bar.high < Math.max(bar.open, bar.close)) throw new Error('its high is below its open or close')
  if (bar.low > Math.min(bar.open, bar.close)) throw new Error('its low is above its open or close')
  if (!Object.values(bar).every(Number.isSafeInteger)) throw new Error('has a number that is too large')
  return bar
}

function readAmount(text: string, field: Field): Decimal {
  if (!/^\d{1,20}(\.\d{1,20})?$/.test(text)) throw new Error(`its ${field} is no plain decimal number`)
  return new Decimal(text)
}

/** Finds the length of the candles: the smallest step between two. Every candle must lie on it. */
function measure(file: string, all: Map<string, ReplaySeries>): { seconds: number; firstOpen: number } {
  let seconds = Number.POSITIVE_INFINITY
  let firstOpen = Number.POSITIVE_INFINITY
  for (const { opens } of all.values()) {
    for (const [index, open] of opens.entries()) {
      firstOpen = Math.min(firstOpen, open)
      const next = opens[index + 1]
      if (next !== undefined) seconds = Math.min(seconds, next - open)
    }
  }
  if (seconds === Number.POSITIVE_INFINITY) {
    throw new Error(`${file}: needs two candles of one market at least, to tell how long they are`)
  }
  if (!PATH_STEPS.some((step) => step === seconds)) {
    throw new Error(
      `${file}: its candles are ${seconds} seconds long; they can be ${PATH_STEPS.join(', ')} seconds`,
    )
  }
  for (const { market, opens } of all.values()) {
    const odd = opens.find((open) => open % seconds !== 0)
    if (odd !== undefined) {
      const at = new Date(odd * 1_000).toISOString()
      throw new Error(`${file}: the ${market.symbol} candle of ${at} is off the step of ${seconds} seconds`)
    }
  }
  return { seconds, firstOpen }
}
