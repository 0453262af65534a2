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

/** A decimal string as dollars with two decimals, cut and not rounded up: `1234.567` is `$1,234.56`. */
export function usd(amount: string | null): string | null {
  if (amount === null) return null
  const [whole = '0', fraction = ''] = amount.split('.')
  const negative = whole.startsWith('-')
  const grouped = whole.replace('-', '').replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${negative ? '-' : ''}$${grouped}.${fraction.padEnd(2, '0').slice(0, 2)}`
}

/** A wire time as the person's local time. */
export function localTime(iso: string | null): string | null {
  return iso === null ? null : new Date(iso).toLocaleString()
}
