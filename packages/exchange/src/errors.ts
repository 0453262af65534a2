import { type StatedError, statedError } from './answer-codes.ts'
import { answerOf, type CcxtResponse } from './answers.ts'
import { exchangeName } from './catalogue.ts'
import { type CodeMeaning, meaningOfCodes, vagueCodes } from './error-codes.ts'
import { ExchangeError, type ExchangeErrorCode } from './exchange-error.ts'
import { retryTime } from './retry-after.ts'
import { asSentence, sentences, usualSentence } from './sentences.ts'
import { TransportError, type TransportFault } from './transport-error.ts'
import type { Credentials } from './types.ts'

/** An account type that the person does not have, or that this address does not offer (404). It never leaves this package. */
export class NotEnabledError extends ExchangeError {}

/** An exchange refused in its own words, which nobody here can explain. It never leaves this package. */
export class UnexplainedRefusalError extends ExchangeError {}

const faults: Record<TransportFault, ExchangeErrorCode> = {
  timeout: 'TIMEOUT',
  network: 'UNAVAILABLE',
  redirect: 'BAD_RESPONSE',
  'too-large': 'BAD_RESPONSE',
  'not-json': 'BAD_RESPONSE',
  'unknown-structure': 'BAD_RESPONSE',
  unsendable: 'INVALID_KEY',
  unsignable: 'INVALID_SIGNATURE',
  closed: 'UNAVAILABLE',
  'queue-full': 'RATE_LIMITED',
}

const faultSentences: Partial<Record<TransportFault, (exchange: string) => string>> = {
  redirect: sentences.redirected,
  unsendable: sentences.unsendable,
  unsignable: sentences.unsignable,
  closed: sentences.closed,
}

const addressRefused =
  /\bip\b.{0,60}(white|allow|permit|restrict|bound|not in|invalid|illegal|prohibit|forbid|denied|match|authori)|(unmatched|illegal|invalid|prohibit|not allow|authori[sz]ation|access from).{0,40}\bip\b|(white|allow)[- ]?list/i

/** The words that an exchange without a known code uses, in the order in which they are believed. */
const words: [RegExp, CodeMeaning][] = [
  [/maintenance|system upgrad/i, 'MAINTENANCE'],
  [/pass ?phrase/i, 'PASSPHRASE_MISSING'],
  // Binance's sentence for a key that is wrong in one of three ways, and HTX's for a signature by a wrong key.
  [/api.?key, ip,? or permission|incorrect access.?key/i, 'INVALID_KEY'],
  [addressRefused, 'IP_NOT_ALLOWED'],
  [/timestamp|recv.?window|nonce|request.{0,12}expired|submission time/i, 'CLOCK_SKEW'],
  [/signature|\bsign\b|digest|jwt.?verification/i, 'INVALID_SIGNATURE'],
  [/too many|rate.?limit|frequency|too f(ast|requent)/i, 'RATE_LIMITED'],
  [/permission|not authori[sz]ed|scope|forbidden|read.?only/i, 'PERMISSION_MISSING'],
  [
    /(invalid|wrong|incorrect|unknown|expired|not exist|not found|no active).{0,20}\b(api|access).?key|\b(api|access).?key.{0,30}(invalid|wrong|incorrect|expired|not exist|not found|disabled)/i,
    'INVALID_KEY',
  ],
  [/unavailable|overloaded|system busy|internal (server )?error/i, 'UNAVAILABLE'],
]

/** What an exchange says in words; names such as `NotAllowIP` and `invalid_access_key` are taken apart. */
function spokenBy({ codes, message }: StatedError): string {
  return [message ?? '', ...codes]
    .join(' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
}

function meaningOfWords(text: string): CodeMeaning | null {
  return words.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

/** A page or a line instead of JSON, with a status that says no more than that something is wrong. */
function meaningOfPage(body: string): CodeMeaning | null {
  if (/maintenance|system upgrad/i.test(body)) return 'MAINTENANCE'
  return /^[^<]{0,200}$/.test(body) && /too many|rate.?limit|too frequent/i.test(body) ? 'RATE_LIMITED' : null
}

function meaningOfStatus(response: CcxtResponse, isJson: boolean): ExchangeErrorCode | null {
  const { status } = response
  if (status === 429 || status === 418) return 'RATE_LIMITED'
  if (status === 408 || status === 504) return 'TIMEOUT'
  if (status >= 500 || status === 451 || status === 404) return 'UNAVAILABLE'
  if (status === 401) return 'INVALID_KEY'
  // A page instead of JSON comes from a firewall in front of the exchange: that is nobody's key.
  if (status === 403) return isJson ? 'PERMISSION_MISSING' : 'UNAVAILABLE'
  return null
}

/** ccxt's classes, the derived ones first. They are believed last: see the tests for how they mislead. */
const classes: [string, CodeMeaning][] = [
  ['OnMaintenance', 'MAINTENANCE'],
  ['RateLimitExceeded', 'RATE_LIMITED'],
  ['DDoSProtection', 'RATE_LIMITED'],
  ['InvalidNonce', 'CLOCK_SKEW'],
  ['RequestTimeout', 'TIMEOUT'],
  ['AccountNotEnabled', 'NOT_ENABLED'],
  ['PermissionDenied', 'PERMISSION_MISSING'],
  ['AccountSuspended', 'PERMISSION_MISSING'],
  ['AuthenticationError', 'INVALID_KEY'],
  ['ExchangeNotAvailable', 'UNAVAILABLE'],
  ['NetworkError', 'UNAVAILABLE'],
  ['OperationFailed', 'UNAVAILABLE'],
]

function classNames(error: unknown): string[] {
  const names: string[] = []
  let kind: unknown = typeof error === 'object' && error !== null ? error.constructor : null
  while (typeof kind === 'function' && kind.name !== '') {
    names.push(kind.name)
    kind = Object.getPrototypeOf(kind)
  }
  return names
}

function meaningOfClass(error: unknown): CodeMeaning | null {
  const names = classNames(error)
  return classes.find(([name]) => names.includes(name))?.[1] ?? null
}

/** Cuts whatever could be a secret out of an exchange's words: credentials, query strings, long tokens. */
export function cleanDetail(text: string, credentials: Credentials): string {
  let clean = text
  for (const value of Object.values(credentials)) {
    if (value.length >= 4) clean = clean.replaceAll(value, '…')
  }
  return clean
    .replace(/\b[a-z]+:\/\/\S+/gi, '…')
    .replace(/\?\S*=\S*/g, '…')
    .replace(/[A-Za-z0-9+/=_-]{32,}/g, '…')
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 200)
}

interface Caught {
  error: unknown
  exchangeId: string
  ccxtId: string
  /** Milliseconds since the epoch. */
  now: number
  credentials: Credentials
}

function fromTransport(caught: Caught & { error: TransportError }): ExchangeError {
  const { error, exchangeId } = caught
  const exchange = exchangeName(exchangeId)
  const code = faults[error.fault]
  return new ExchangeError({
    code,
    exchangeId,
    message: asSentence(faultSentences[error.fault]?.(exchange) ?? usualSentence({ code, exchange })),
    retryAt: error.retryAt,
    detail: error.fault,
  })
}

function fromAnswer(caught: Caught & { response: CcxtResponse; body: string }): ExchangeError | null {
  const { response, body, ccxtId } = caught
  const stated = statedError(body)
  const isJson = /^\s*[[{]/.test(body)
  const byCode = meaningOfCodes({ ccxtId, codes: stated.codes })
  const byWords = meaningOfWords(spokenBy(stated))
  const meaning =
    (byCode !== null && stated.codes.some((code) => vagueCodes.has(code)) ? (byWords ?? byCode) : byCode) ??
    (response.status === 429 || response.status === 418 ? 'RATE_LIMITED' : null) ??
    byWords ??
    (isJson || response.status < 400 ? null : meaningOfPage(body)) ??
    meaningOfStatus(response, isJson) ??
    // A good status without a word of what is wrong is an answer that ccxt did not understand.
    (stated.codes.length > 0 || stated.message !== null ? meaningOfClass(caught.error) : null)
  if (meaning === null) return null
  return made({ ...caught, meaning, stated: [...stated.codes, stated.message ?? ''], response, body })
}

function made(
  options: Caught & { meaning: CodeMeaning; stated: string[]; response: CcxtResponse | null; body: string },
): ExchangeError {
  const { meaning, exchangeId, response, body, now } = options
  const code = meaning === 'NOT_ENABLED' ? 'PERMISSION_MISSING' : meaning
  const exchange = exchangeName(exchangeId)
  const ambiguous = options.stated.includes('-2015')
  const details = {
    code,
    exchangeId,
    message: ambiguous
      ? asSentence(sentences.keyOrAddressOrRight(exchange))
      : usualSentence({ code, exchange }),
    retryAt:
      code === 'RATE_LIMITED' && response !== null
        ? retryTime({ headers: response.headers, body, now })
        : null,
    detail: cleanDetail(
      [...new Set(options.stated)].filter((part) => part !== '').join(' '),
      options.credentials,
    ),
  }
  if (meaning === 'NOT_ENABLED' || response?.status === 404) return new NotEnabledError(details)
  const isUnexplained = code === 'BAD_RESPONSE' && details.detail !== ''
  return isUnexplained ? new UnexplainedRefusalError(details) : new ExchangeError(details)
}

/**
 * Whatever was thrown on the way to an exchange, as an ExchangeError.
 *
 * The exchange's own code is believed first, then HTTP 429 and 418, its words, the HTTP status, and ccxt's
 * class last. What nobody can explain is a bad response: it never marks a key invalid.
 */
export async function toExchangeError(caught: Caught): Promise<ExchangeError> {
  const { error, exchangeId } = caught
  if (error instanceof ExchangeError) return error
  const response = answerOf(error)
  const body = response === null ? '' : await response.text()
  const answered = response === null ? null : fromAnswer({ ...caught, response, body })
  if (answered !== null) return answered
  if (error instanceof TransportError) return fromTransport({ ...caught, error })
  const meaning = response === null ? meaningOfClass(error) : null
  const isPublic = Object.keys(caught.credentials).length === 0
  const stated = statedError(body)
  return made({
    ...caught,
    meaning: isPublic && meaning === 'INVALID_KEY' ? 'CREDENTIALS_MISSING' : (meaning ?? 'BAD_RESPONSE'),
    stated: [...stated.codes, stated.message ?? ''],
    response,
    body,
    exchangeId,
  })
}
