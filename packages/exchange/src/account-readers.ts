import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { at, isRecord, textOf } from './json.ts'
import { type StatedHolding, statedHoldings, statesAmount } from './normalize.ts'
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
 * asset, as in `result.assets[]`. `accounts[].assets[]` is the assets of each account in a list.
 */
export type Place = string

/** What stands at a place. Throws if it is not of the kind that the place names: else it would read as zero. */
export function rowsAt(json: unknown, place: Place): unknown[] {
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
  return Object.values(rows)
}

/** Throws if there are rows and none of them states an amount: they are no balances that we can read. */
export function requireAmounts(rows: unknown[], holdings: StatedHolding[]): void {
  if (rows.length > 0 && !holdings.some(statesAmount)) throw new TransportError('unknown-structure')
}

/** What ccxt's fetchBalance reads with these parameters, out of rows at this place. */
export async function readByCcxt(
  { exchange, lastJson }: ReadContext,
  { accountType, params, place }: { accountType: string; params?: object; place: Place },
): Promise<StatedHolding[]> {
  const balance: unknown = await exchange.fetchBalance({ ...params })
  const holdings = statedHoldings({ accountType, balance })
  requireAmounts(rowsAt(lastJson(), place), holdings)
  return holdings
}

/** An account type that is read in this way. */
export function byCcxt(options: { accountType: string; params?: object; place: Place }): AccountType {
  return { accountType: options.accountType, read: (context) => readByCcxt(context, options) }
}

type Name = string | number

/**
 * The names of what a row of an answer states. Several names are parts of a sum, each of which may be missing:
 * ccxt's own sums are nothing if one part is.
 */
export interface RowNames {
  asset: Name
  free?: Name
  used?: Name | Name[]
  total?: Name
  debt?: Name | Name[]
}

/** The rows of an answer as holdings. Throws if one names no asset, or if none states an amount. */
export function holdingsIn(options: {
  exchange: CcxtExchange
  accountType: string
  rows: unknown[]
  names: RowNames
}): StatedHolding[] {
  const { exchange, accountType, rows, names } = options
  const [used, ...moreUsed] = [names.used ?? []].flat()
  const [debt, ...moreDebt] = [names.debt ?? []].flat()
  const holdings = rows.flatMap((row) => {
    const amount = (name: Name | undefined): unknown => (name === undefined ? undefined : at(row, name))
    const one = { accountType, asset: codeOf(exchange, at(row, names.asset)) }
    return [
      {
        ...one,
        free: amount(names.free),
        used: amount(used),
        total: amount(names.total),
        debt: amount(debt),
      },
      ...moreUsed.map((name) => ({ ...one, used: amount(name) })),
      ...moreDebt.map((name) => ({ ...one, debt: amount(name) })),
    ]
  })
  requireAmounts(rows, holdings)
  return holdings
}

/** An account type that ccxt does not know: an endpoint, where its rows are, and the names in a row. */
export function byEndpoint(
  options: RowNames & { accountType: string; endpoint: string; params?: object; place: Place },
): AccountType {
  const { accountType, endpoint, params = {}, place, ...names } = options
  return {
    accountType,
    async read({ exchange }) {
      const json = await callEndpoint({ exchange, endpoint, params })
      return holdingsIn({ exchange, accountType, rows: rowsAt(json, place), names })
    },
  }
}

/** An account type that ccxt asks for with these parameters and reads wrongly: the names in a row of its answer. */
export function byAnswer(
  options: RowNames & { accountType: string; params?: object; place: Place },
): AccountType {
  const { accountType, params, place, ...names } = options
  return {
    accountType,
    async read({ exchange, lastJson }) {
      await exchange.fetchBalance({ ...params })
      return holdingsIn({ exchange, accountType, rows: rowsAt(lastJson(), place), names })
    },
  }
}

/** An account type that many people do not have. */
export function optional(type: AccountType): AccountType {
  return { ...type, isOptional: true }
}

/** ccxt's common code of an asset. Throws if the exchange named none. */
export function codeOf(exchange: CcxtExchange, id: unknown): string {
  const name = textOf(id)
  if (name === null) throw new TransportError('unknown-structure')
  return exchange.safeCurrencyCode(name) ?? name
}
