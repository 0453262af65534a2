import { statedError } from './answer-codes.ts'
import { type Answer, answerOf } from './answers.ts'
import { exchangeName } from './catalogue.ts'
import { type CodeMeaning, dialectOf, meaningOfCodes } from './error-codes.ts'
import { ExchangeError, type ExchangeErrorCode, isKeyFault } from './exchange-error.ts'
import { pauseAfterPage, retryTime } from './retry-after.ts'
import { asSentence, sentences, usualSentence } from './sentences.ts'
import { TransportError, type TransportFault } from './transport-error.ts'
import type { Credentials } from './types.ts'
import { isJson, meaningOfPage, meaningOfWords, spokenBy } from './words.ts'

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

/** The statuses that say what is wrong, whatever the words beside them. */
const plainStatuses: Record<number, ExchangeErrorCode> = {
  418: 'RATE_LIMITED',
  429: 'RATE_LIMITED',
  451: 'RESTRICTED_LOCATION',
}

function meaningOfStatus(status: number, body: string): ExchangeErrorCode | null {
  if (status === 408 || status === 504) return 'TIMEOUT'
  if (status >= 500 || status === 404) return 'UNAVAILABLE'
  // A page instead of JSON comes from a firewall in front of the exchange: that is nobody's key.
  if (status === 401) return body.trimStart().startsWith('<') ? 'UNAVAILABLE' : 'INVALID_KEY'
  if (status === 403) return isJson(body) ? 'PERMISSION_MISSING' : 'UNAVAILABLE'
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
    message: asSentence(
      faultSentences[error.fault]?.(exchange) ?? usualSentence({ code, exchangeId, exchange }),
    ),
    retryAt: error.retryAt,
    detail: error.fault,
  })
}

function fromAnswer(caught: Caught & { response: Answer; body: string }): ExchangeError | null {
  const { response, body, ccxtId } = caught
  const stated = statedError(body)
  const listed = meaningOfCodes({ ccxtId, ...stated })
  const byWords = meaningOfWords(spokenBy(stated), response.status)
  const meaning =
    (listed?.isVague ? (byWords ?? listed.meaning) : listed?.meaning) ??
    plainStatuses[response.status] ??
    byWords ??
    (isJson(body) || response.status < 400 ? null : meaningOfPage(body, response.status)) ??
    meaningOfStatus(response.status, body) ??
    // A good status without a word of what is wrong is an answer that ccxt did not understand.
    (stated.codes.length > 0 || stated.message !== null ? meaningOfClass(caught.error) : null)
  if (meaning === null) return null
  return made({ ...caught, meaning, stated: [...stated.codes, stated.message ?? ''], response, body })
}

/** The code of a failure, which blames no key that the request did not carry. */
function codeOf(meaning: CodeMeaning, response: Answer | null): ExchangeErrorCode {
  const code = meaning === 'NOT_ENABLED' ? 'PERMISSION_MISSING' : meaning
  return response !== null && !response.carriesKey && isKeyFault(code) ? 'UNAVAILABLE' : code
}

/** True if the exchange said something of its own: a status alone may come from whatever stands in front of it. */
function hasWords(stated: string[], body: string): boolean {
  return stated.some((part) => part !== '') || (!isJson(body) && /^\s*[^<\s]/.test(body))
}

function sentenceOf(o: {
  code: ExchangeErrorCode
  meaning: CodeMeaning
  exchangeId: string
  stated: string[]
}): string {
  const { code, meaning, exchangeId } = o
  const exchange = exchangeName(exchangeId)
  if (code === 'UNAVAILABLE' && meaning !== code) return asSentence(sentences.refusedWithoutKey(exchange))
  // Binance's code for a key that is wrong in one of three ways.
  if (code === 'INVALID_KEY' && o.stated.includes('-2015'))
    return asSentence(sentences.keyOrAddressOrRight(exchange, exchangeId))
  return usualSentence({ code, exchangeId, exchange })
}

function retryAtOf(o: {
  code: ExchangeErrorCode
  ccxtId: string
  now: number
  response: Answer
  body: string
}): Date | null {
  const { code, response, body, now } = o
  if (code !== 'RATE_LIMITED') return null
  const stated = retryTime({ headers: response.headers, body, now })
  if (stated !== null || isJson(body) || meaningOfPage(body, response.status) !== code) return stated
  return new Date(now + pauseAfterPage(dialectOf(o.ccxtId)))
}

function made(
  options: Caught & { meaning: CodeMeaning; stated: string[]; response: Answer | null; body: string },
): ExchangeError {
  const { meaning, exchangeId, response, body, stated } = options
  const code = codeOf(meaning, response)
  const details = {
    code,
    exchangeId,
    message: sentenceOf({ code, meaning, exchangeId, stated }),
    retryAt: response === null ? null : retryAtOf({ ...options, code, response }),
    detail: cleanDetail([...new Set(stated)].filter((part) => part !== '').join(' '), options.credentials),
    refusesKey: response?.carriesKey === true && hasWords(stated, body),
  }
  const isAbsent = (meaning === 'NOT_ENABLED' && code !== 'UNAVAILABLE') || response?.status === 404
  if (isAbsent) return new NotEnabledError(details)
  const isUnexplained = code === 'BAD_RESPONSE' && details.detail !== ''
  return isUnexplained ? new UnexplainedRefusalError(details) : new ExchangeError(details)
}

/**
 * Whatever was thrown on the way to an exchange, as an ExchangeError.
 *
 * The exchange's own code is believed first, then HTTP 429, 418 and 451, its words, the HTTP status, and ccxt's
 * class last. An answer to a request without the key never blames the key. What nobody can explain is a bad response: it never marks a key invalid.
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
