import type { StatedError } from './answer-codes.ts'
import type { CodeMeaning } from './error-codes.ts'

const addressRefused =
  /\bip\b.{0,60}(white|allow|permit|restrict|bound|not in|invalid|illegal|prohibit|forbid|denied|match|authori)|(unmatched|illegal|invalid|incorrect|prohibit|not allow|authori[sz]ation|access from).{0,40}\bip\b|(white|allow)[- ]?list/i

const place = String.raw`\b(countr(y|ies)|regions?|regional|jurisdictions?|territor(y|ies)|locations?|geograph\w*)\b`
const denied = String.raw`(restrict|prohibit|forbid|banned|\bblock|unsupported|unavailable|ineligible|violat|\bnot (currently |yet )?(support|allow|permit|available|serv|eligible))`

/** The exchange serves nobody there: Binance's 451, the pages of CloudFront and Cloudflare, dYdX, KuCoin and others. */
const locationRefused = new RegExp(
  String.raw`geo.?(block|restrict|fenc)|${denied}.{0,80}(${place}|\bin the u\.s\.)|${place}.{0,80}${denied}`,
  'i',
)

/** The words that an exchange without a known code uses, in the order in which they are believed. */
const words: [RegExp, CodeMeaning][] = [
  [/maintenance|system upgrad/i, 'MAINTENANCE'],
  [locationRefused, 'RESTRICTED_LOCATION'],
  [/pass ?phrase/i, 'PASSPHRASE_MISSING'],
  // Binance's sentence for a key that is wrong in one of three ways, and HTX's for a signature by a wrong key.
  [/api.?key, ip,? or permission|incorrect access.?key/i, 'INVALID_KEY'],
  [addressRefused, 'IP_NOT_ALLOWED'],
  [/timestamp|recv.?window|receiving window|request.{0,12}expired|submission time/i, 'CLOCK_SKEW'],
  // A nonce that has to be the time: Gemini, CoinEx.
  [/nonce.{0,40}\bwithin\b.{0,40}(second|minute|current time|server time)|\btonce\b/i, 'CLOCK_SKEW'],
  [/nonce/i, 'KEY_IN_USE_ELSEWHERE'],
  [/signature|\bsign\b|digest|jwt.?verification/i, 'INVALID_SIGNATURE'],
  [/too many|rate.?limit|frequency|too f(ast|requent)/i, 'RATE_LIMITED'],
  [/permission|privilege|not authori[sz]ed|scope|forbidden|read.?only/i, 'PERMISSION_MISSING'],
  [
    /(invalid|wrong|incorrect|unknown|expired|not exist|not found|no active).{0,20}\b(api|access).?key|\b(api|access).?key.{0,30}(invalid|wrong|incorrect|expired|not exist|not found|disabled)/i,
    'INVALID_KEY',
  ],
  [/unavailable|overloaded|system busy|internal (server )?error/i, 'UNAVAILABLE'],
]

/** What a page may say: its other words are not the exchange's own. */
const pageWords: [RegExp, CodeMeaning][] = [
  [/maintenance|system upgrad/i, 'MAINTENANCE'],
  [locationRefused, 'RESTRICTED_LOCATION'],
  // Cloudflare's code for a country that is banned, which programs get without a page around it.
  [/\berror( code)?:? 1009\b/i, 'RESTRICTED_LOCATION'],
  [/too many (requests|visits|attempts|calls)|rate.?limit|too f(ast|requent)/i, 'RATE_LIMITED'],
]

/** What an exchange says in words; names such as `NotAllowIP` and `invalid_access_key` are taken apart. */
export function spokenBy({ codes, message }: StatedError): string {
  return [message ?? '', ...codes]
    .join(' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
}

/** What the words of an exchange mean; null if they are none that we know. */
export function meaningOfWords(text: string, status: number): CodeMeaning | null {
  return words.find(([pattern, meaning]) => pattern.test(text) && isPossible(meaning, status))?.[1] ?? null
}

/** A server that fails may name its own region; that it does not serve ours it says with another status. */
function isPossible(meaning: CodeMeaning, status: number): boolean {
  return meaning !== 'RESTRICTED_LOCATION' || status < 500
}

/** What a person would read on a page. */
function textOfPage(body: string): string {
  return body
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 4000)
}

/** A page or a line instead of JSON, with a status that says no more than that something is wrong. */
export function meaningOfPage(body: string, status: number): CodeMeaning | null {
  const text = textOfPage(body)
  return (
    pageWords.find(([pattern, meaning]) => pattern.test(text) && isPossible(meaning, status))?.[1] ?? null
  )
}

/** True for an answer in JSON, as opposed to a page, a line of text or nothing. */
export function isJson(body: string): boolean {
  return /^\s*[[{]/.test(body)
}
