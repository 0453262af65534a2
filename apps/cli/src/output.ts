import { DOLLARS, numberFormats } from '@opentrade/format'
import Table from 'cli-table3'

/** Prints a value as one JSON document for programs. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

export interface Column<Row> {
  title: string
  value: (row: Row) => string | null
  /** Numbers stand right. */
  right?: boolean
}

/** Prints rows as a table for people; `empty` is said when there are none. */
export function printTable<Row>(o: { rows: readonly Row[]; columns: Column<Row>[]; empty: string }): void {
  if (o.rows.length === 0) {
    console.log(o.empty)
    return
  }
  const table = new Table({
    head: o.columns.map((column) => column.title),
    colAligns: o.columns.map((column) => (column.right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  })
  for (const row of o.rows) table.push(o.columns.map((column) => plain(column.value(row) ?? '–')))
  console.log(table.toString())
}

/** Others' words may hold what would steer the terminal: it is shown as a dot. Lines and columns stay. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\n' ? character : '·'))
}

const formats = numberFormats(Intl.NumberFormat().resolvedOptions().locale, DOLLARS)

/** A value in dollars as the web application shows it. */
export function usd(value: string | null): string | null {
  return value === null ? null : formats.usd(value)
}

/** A gain or loss in dollars, with its sign. */
export function usdChange(value: string): string {
  return formats.usdChange(value)
}

/** An amount of an asset as the web application shows it: cut, never rounded up. `--json` has every digit. */
export function amount(value: string): string {
  return formats.amount(value)
}

/** A part of a whole, from 0 to 1, as a percentage. */
export function share(value: string | null): string | null {
  return value === null ? null : formats.share(value)
}

/** A wire time as the person's local time. */
export function localTime(iso: string | null): string | null {
  return iso === null ? null : new Date(iso).toLocaleString()
}
