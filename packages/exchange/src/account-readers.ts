import { answerOf } from './answers.ts'
import { codeOf } from './asset-codes.ts'
import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { parseAmount } from './decimal.ts'
import { at, isRecord, textOf } from './json.ts'
import { type StatedHolding, statesAmount } from './normalize.ts'
import { TransportError } from './transport-error.ts'

/** What reading one account type needs. */
export interface ReadContext {
  exchange: CcxtExchange
  /** The last good answer of this exchange, parsed, as it came. */
  lastJson: () => unknown
}

/** How one account type of an exchange is read. The first of an exchange is its main one. */
export interface AccountType {
  accountType: string
  /** True if many people have none: a refusal in words that we do not know then means just that. */
  isOptional?: true
  read(context: ReadContext): Promise<StatedHolding[]>
}

/**
 * Where an answer keeps what an account holds: keys joined by dots, then `[]` for a list or `{}` for an object by
 * asset, as in `result.assets[]`. `accounts[].assets[]` is the assets of each account in a list. A function finds
 * the rows of an answer that has another form.
 */
export type Place = string | ((json: unknown) => unknown[])

/**
 * The rows at a place; those of an object as `{ key, value }`. Throws if what stands there is not of the kind that
 * the place names: else it would read as zero.
 */
export function rowsAt(json: unknown, place: Place): unknown[] {
  if (typeof place === 'function') return place(json)
  const outer = place.indexOf('[].')
  if (outer >= 0) {
    return rowsAt(json, place.slice(0, outer + 2)).flatMap((part) => rowsAt(part, place.slice(outer + 3)))
  }
  const keys = place.slice(0, -2).split('.').filter(Boolean)
  const rows = at(json, ...keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)))
  // A list of none is null where the exchange is written in Go.
  if (rows === null && keys.length > 1) return []
  if (place.endsWith('[]') && Array.isArray(rows)) return rows
  if (place.endsWith('[]') || !isRecord(rows)) throw new TransportError('unknown-structure')
  // An empty object as the whole answer says nothing of an account.
  if (place === '{}' && Object.keys(rows).length === 0) throw new TransportError('unknown-structure')
  return Object.entries(rows).map(([key, value]) => ({ key, value }))
}

/** Throws if there are rows and none of them states an amount: they are no balances that we can read. */
export function requireAmounts(rows: unknown[], holdings: StatedHolding[]): void {
  if (rows.length > 0 && !holdings.some(statesAmount)) throw new TransportError('unknown-structure')
}

/** What stands in a row: at a key, at a path of keys joined by dots, or what a function makes of the row. */
export type Name = string | number | ((row: unknown, exchange: CcxtExchange) => unknown)

/**
 * The names of what a row of an answer states. Several names are parts of a sum, each of which may be missing. A
 * name that is given should be stated: see `StatedHolding`.
 */
export interface RowNames {
  asset: Name
  free?: Name | Name[]
  used?: Name | Name[]
  total?: Name | Name[]
  debt?: Name | Name[]
  /** What open positions have won or lost, where it is not in the total. */
  gain?: Name | Name[]
  /** True if the account may hold less than nothing although its type does not say so. */
  mayOwe?: true
}

const amountNames = ['free', 'used', 'total', 'debt', 'gain'] as const

function valueAt(options: { exchange: CcxtExchange; row: unknown; name: Name }): unknown {
  const { exchange, row, name } = options
  if (typeof name === 'function') return name(row, exchange)
  return typeof name === 'number' ? at(row, name) : at(row, ...name.split('.'))
}

/** The sum of the parts that are there. A part that is no amount is the result, so that the sum is none. */
function sumOf(parts: unknown[]): unknown {
  const stated = parts.filter((part) => part !== undefined)
  if (parts.length <= 1 || stated.length === 0) return stated[0]
  const isNone = (part: unknown): boolean => {
    try {
      return parseAmount(part) === null
    } catch {
      // Whatever is wrong with it is told by whoever reads the result.
      return true
    }
  }
  const wrong = stated.findIndex(isNone)
  if (wrong >= 0) return stated[wrong]
  return stated
    .map(parseAmount)
    .reduce((sum, part) => sum?.plus(part ?? 0) ?? part)
    ?.toFixed()
}

/** True for no amount, and for nothing in any notation: 0E-8 is what Java writes. */
function isZero(value: unknown): boolean {
  try {
    return parseAmount(value)?.isZero() ?? true
  } catch {
    // Something that is no amount is not nothing either.
    return false
  }
}

/**
 * The rows of an answer as holdings, one each: nothing that an exchange lists is lost on the way. Throws if a row
 * with an amount names no asset, or if none states an amount.
 */
export function holdingsIn(options: {
  exchange: CcxtExchange
  accountType: string
  rows: unknown[]
  names: RowNames
}): StatedHolding[] {
  const { exchange, accountType, rows, names } = options
  const holdings = rows.flatMap((row) => {
    const amounts: Partial<Record<(typeof amountNames)[number], unknown>> = {}
    for (const kind of amountNames) {
      const name = names[kind]
      if (name === undefined) continue
      amounts[kind] = sumOf([name].flat().map((one) => valueAt({ exchange, row, name: one })))
    }
    const assetId = textOf(valueAt({ exchange, row, name: names.asset }))
    if (assetId === null) {
      if (Object.values(amounts).every(isZero)) return []
      throw new TransportError('unknown-structure')
    }
    const { mayOwe } = names
    return [
      {
        ...{ accountType, asset: codeOf(exchange, assetId), assetId, ...amounts },
        ...(mayOwe === undefined ? {} : { mayOwe }),
      },
    ]
  })
  requireAmounts(rows, holdings)
  return holdings
}

/**
 * The answer that ccxt's fetchBalance asks for with these parameters. What ccxt makes of it is left alone: it keeps
 * one of two rows of an asset, and reads nothing at all if a single one has another form than it expects.
 */
async function answerOfBalances({ exchange, lastJson }: ReadContext, params: object = {}): Promise<unknown> {
  const before = lastJson()
  try {
    await exchange.fetchBalance({ ...params })
  } catch (error) {
    const isOfCcxt = !(error instanceof TransportError) && answerOf(error) === null
    if (!isOfCcxt || lastJson() === before) throw error
  }
  return lastJson()
}

/** How an account type is read: what is asked for, where the rows of the answer are, and the names in a row. */
export type Layout = RowNames & {
  accountType: string
  params?: object
  place: Place
  /** What open positions have won or lost by currency, where the answer states it apart from the rows. */
  gains?: (json: unknown) => { asset: unknown; gain: unknown }[]
}

/** What an account type of this layout holds, in the answer that ccxt's fetchBalance asks for. */
export async function readByAnswer(context: ReadContext, layout: Layout): Promise<StatedHolding[]> {
  const { accountType, params, place, gains, ...names } = layout
  const { exchange } = context
  const json = await answerOfBalances(context, params)
  const holdings = holdingsIn({ exchange, accountType, rows: rowsAt(json, place), names })
  const won = (gains?.(json) ?? []).filter(({ gain }) => !isZero(gain))
  return [
    ...holdings,
    ...won.map(({ asset, gain }) => {
      const assetId = textOf(asset)
      if (assetId === null) throw new TransportError('unknown-structure')
      return { accountType, asset: codeOf(exchange, assetId), assetId, gain }
    }),
  ]
}

/** An account type that ccxt's fetchBalance asks for. */
export function byAnswer(layout: Layout): AccountType {
  return { accountType: layout.accountType, read: (context) => readByAnswer(context, layout) }
}

/** An account type that ccxt does not know: an endpoint beside its layout. */
export function byEndpoint(layout: Omit<Layout, 'gains'> & { endpoint: string }): AccountType {
  const { accountType, endpoint, params = {}, place, ...names } = layout
  return {
    accountType,
    async read({ exchange }) {
      const json = await callEndpoint({ exchange, endpoint, params })
      return holdingsIn({ exchange, accountType, rows: rowsAt(json, place), names })
    },
  }
}

/** An account type that many people do not have. */
export function optional(type: AccountType): AccountType {
  return { ...type, isOptional: true }
}
