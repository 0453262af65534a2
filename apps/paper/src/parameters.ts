import { Decimal } from 'decimal.js'
import {
  BinanceError,
  illegalCharacters,
  invalidParameter,
  invalidSymbol,
  missingParameter,
} from './errors.ts'
import { findMarket, type Market } from './market/markets.ts'

/** The parameters of a request, decoded. */
export type Parameters = ReadonlyMap<string, string>

const SYMBOL = /^[A-Z0-9-_.]{1,20}$/
const INTEGER = /^[0-9]{1,20}$/
const DECIMAL = /^([0-9]{1,20})(\.[0-9]{1,20})?$/
const CLIENT_ORDER_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/

/** Parameters of a request at most; more is no honest request. */
const MAX_PARAMETERS = 64

/**
 * Reads the query string and the form body. A parameter in both counts as the query's, as at Binance.
 * @throws BinanceError -1100 for what cannot be decoded, -1101 for duplicates and for too many.
 */
export function readParameters(query: string, body: string): Parameters {
  const parameters = new Map<string, string>()
  for (const part of [body, query]) {
    const seen = new Set<string>()
    for (const pair of part.split('&')) {
      if (pair === '') continue
      const at = pair.indexOf('=')
      const name = decode(at < 0 ? pair : pair.slice(0, at))
      if (seen.has(name)) {
        throw new BinanceError({ code: -1101, message: 'Duplicate values for a parameter detected.' })
      }
      seen.add(name)
      parameters.set(name, at < 0 ? '' : decode(pair.slice(at + 1)))
    }
  }
  if (parameters.size > MAX_PARAMETERS) {
    throw new BinanceError({ code: -1101, message: 'Too many parameters sent for this endpoint.' })
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new BinanceError({ code: -1100, message: 'Illegal characters found in a parameter.' })
  }
}

/**
 * Refuses parameters that an endpoint does not know, as Binance does: -1101 where it takes none, else -1104.
 */
export function refuseUnknown(parameters: Parameters, known: readonly string[]): void {
  const read = [...parameters.keys()].filter((name) => known.includes(name)).length
  if (read === parameters.size) return
  const message =
    known.length === 0
      ? `Too many parameters; expected '0' and received '${parameters.size}'.`
      : `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${parameters.size}'.`
  throw new BinanceError({ code: known.length === 0 ? -1101 : -1104, message })
}

/** A parameter's text, or null when it was not sent. @throws BinanceError -1105 when it was sent empty. */
export function optionalText(parameters: Parameters, name: string): string | null {
  const value = parameters.get(name)
  if (value === undefined) return null
  if (value === '') throw new BinanceError({ code: -1105, message: `Parameter '${name}' was empty.` })
  return value
}

/** A parameter's text. @throws BinanceError -1102 when it was not sent. */
export function requiredText(parameters: Parameters, name: string): string {
  const value = optionalText(parameters, name)
  if (value === null) throw missingParameter(name)
  return value
}

function matching(parameters: Parameters, name: string, range: RegExp): string | null {
  const value = optionalText(parameters, name)
  if (value !== null && !range.test(value)) throw illegalCharacters(name, range.source)
  return value
}

/** A whole number from 0 to 2^53 - 1, or null. @throws BinanceError -1100, -1108 when it is too large. */
export function optionalInteger(parameters: Parameters, name: string): number | null {
  const value = matching(parameters, name, INTEGER)
  if (value === null) return null
  const number = Number(value)
  if (!Number.isSafeInteger(number)) {
    throw new BinanceError({ code: -1108, message: `Parameter '${name}' overflowed.` })
  }
  return number
}

/** A number of rows, between 1 and `max`; a larger one counts as `max`. */
export function limitOf(parameters: Parameters, o: { usual: number; max: number }): number {
  const limit = optionalInteger(parameters, 'limit')
  if (limit === 0) throw invalidParameter('limit')
  return limit === null ? o.usual : Math.min(limit, o.max)
}

/** From this number on, a time is in microseconds: as milliseconds it would be in the year 5138. */
const MICROSECONDS_FROM = 100_000_000_000_000

/** A time in Unix milliseconds, sent in milliseconds or microseconds, or null. */
export function optionalTime(parameters: Parameters, name: string): number | null {
  const value = optionalInteger(parameters, name)
  if (value === null || value < MICROSECONDS_FROM) return value
  return Math.floor(value / 1_000)
}

/**
 * A decimal that is zero or more, or null.
 * @throws BinanceError -1100 for anything else, -1111 for more than eight decimal places.
 */
export function optionalDecimal(parameters: Parameters, name: string): Decimal | null {
  const value = matching(parameters, name, DECIMAL)
  if (value === null) return null
  const number = new Decimal(value)
  if (number.decimalPlaces() > 8) {
    throw new BinanceError({ code: -1111, message: `Parameter '${name}' has too much precision.` })
  }
  return number
}

/** A client order id, or null. @throws BinanceError -1100 for what it may not hold. */
export function optionalClientOrderId(parameters: Parameters, name: string): string | null {
  return matching(parameters, name, CLIENT_ORDER_ID)
}

/** true or false; null when it was not sent. @throws BinanceError -1100 for anything else. */
export function optionalBoolean(parameters: Parameters, name: string): boolean | null {
  const value = optionalText(parameters, name)?.toLowerCase() ?? null
  if (value === null) return null
  if (value !== 'true' && value !== 'false') throw illegalCharacters(name, '^(true|false)$')
  return value === 'true'
}

/** The market that `symbol` names. @throws BinanceError -1102, -1100 or -1121. */
export function requiredMarket(parameters: Parameters): Market {
  const market = optionalMarket(parameters)
  if (!market) throw missingParameter('symbol')
  return market
}

/** The market that `symbol` names, or null when it was not sent. @throws BinanceError -1100 or -1121. */
export function optionalMarket(parameters: Parameters): Market | null {
  const symbol = matching(parameters, 'symbol', SYMBOL)
  return symbol === null ? null : marketOf(symbol)
}

/**
 * The markets that `symbol` or `symbols` (a JSON list) name, or null when neither was sent. `single` says whether
 * the answer is one object.
 * @throws BinanceError -1128 for both, -1100 for a malformed list, -1121, -1151 for a symbol named twice.
 */
export function optionalMarkets(parameters: Parameters): { markets: Market[]; single: boolean } | null {
  const one = optionalMarket(parameters)
  const list = optionalText(parameters, 'symbols')
  if (one && list !== null) {
    throw new BinanceError({ code: -1128, message: 'Combination of optional parameters invalid.' })
  }
  if (one) return { markets: [one], single: true }
  if (list === null) return null
  const markets = symbolList(list).map(marketOf)
  if (new Set(markets).size !== markets.length) {
    throw new BinanceError({ code: -1151, message: 'Symbol is present multiple times in the list.' })
  }
  return { markets, single: false }
}

function symbolList(text: string): string[] {
  const range = String.raw`^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$`
  const compact = text.replaceAll(' ', '')
  if (!new RegExp(range).test(compact)) throw illegalCharacters('symbols', range)
  return compact === '[]' ? [] : compact.slice(2, -2).split('","')
}

function marketOf(symbol: string): Market {
  const market = findMarket(symbol)
  if (!market) throw invalidSymbol()
  return market
}
