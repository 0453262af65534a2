import { quoteNumbers } from './quote-numbers.ts'

/** What an exchange said about an error, in its own words. */
export interface StatedError {
  /** Every value that may be its code, the most specific first. */
  codes: string[]
  message: string | null
}

const nothing: StatedError = { codes: [], message: null }

const codeNames = [
  'retCode',
  'ret_code',
  'code',
  'label',
  'err-code',
  'err_code',
  'error_code',
  'errorCode',
  'id',
  'name',
  'reason',
  'mc',
]
const messageNames = [
  'retMsg',
  'ret_msg',
  'msg',
  'message',
  'err-msg',
  'err_msg',
  'error_description',
  'error_details',
  'errorMessage',
  'error_message',
  'errormsg',
  'statusDescription',
]

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function strings(values: unknown[]): string[] {
  return values.filter((value): value is string => typeof value === 'string' && value !== '')
}

function fromRecord(record: Record<string, unknown>): StatedError {
  const codes = strings(codeNames.map((name) => record[name]))
  const messages = strings(messageNames.map((name) => record[name]))
  const { error, errors, data } = record
  // Kraken: "error": ["EAPI:Invalid key"]; Coinbase: "errors": [{ "id", "message" }]; OKX: "data": [{ "sCode" }];
  // bitbank: "data": { "code" }.
  const parts = [error, errors].flat()
  const nested = parts.filter(isRecord).map(fromRecord)
  const orders = (Array.isArray(data) ? data : []).filter(isRecord).map((part) => part.sCode)
  const words = strings(parts)
  const inner = isRecord(data) ? strings([data.code]) : []
  return {
    codes: [...strings(orders), ...nested.flatMap((part) => part.codes), ...codes, ...inner, ...words],
    message: messages[0] ?? nested[0]?.message ?? words[0] ?? null,
  }
}

/** The codes and the message that an answer's body states; none if it is no JSON. */
export function statedError(body: string): StatedError {
  let json: unknown
  try {
    json = JSON.parse(quoteNumbers(body))
  } catch {
    // A page or a word instead of JSON states no code; its HTTP status speaks for it.
    return nothing
  }
  // Bitfinex: ["error", 10100, "apikey: invalid"], the words being more exact than the number.
  if (Array.isArray(json))
    return { codes: strings([json[2], json[1]]), message: strings([json[2]])[0] ?? null }
  return isRecord(json) ? fromRecord(json) : nothing
}
