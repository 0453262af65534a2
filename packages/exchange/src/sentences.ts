import type { ExchangeErrorCode } from './exchange-error.ts'
import { connectSibling, keysOfSiblings } from './siblings.ts'

/** Sentences that belong to no single code. Each says what is wrong and what to do. */
export const sentences = {
  paperNotRunning: 'The paper exchange is not running here. Start it, or choose another exchange.',
  badBaseUrl:
    'The base URL that an administrator set for this exchange is no usable address: it must begin with http:// or https:// and carry no user name, query or fragment.',
  redirected: (exchange: string) =>
    `${exchange} sent us to another address, and a signed request is never sent on. An administrator can check the base URL.`,
  unsendable: (exchange: string) =>
    `${exchange} cannot be asked with this key: it holds characters that no key has. Paste the key again.`,
  unsignable: (exchange: string) =>
    `${exchange} was not asked, because the secret does not have the form that it uses. Paste the whole secret again; a PEM key from BEGIN to END.`,
  closed: (exchange: string) => `The connection to ${exchange} was closed before it answered.`,
  refusedWithoutKey: (exchange: string) =>
    `${exchange} refused a request of this server that carried no key, so your key is not the reason. It will be retried automatically.`,
  keyOrAddressOrRight: (exchange: string, exchangeId: string) =>
    `${exchange} refused the key: it does not know it, or this IP address is not on its allow list, or the key lacks the right to read. Check the three at ${exchange}, or make a new key.${keysOfSiblings(exchangeId)}`,
} as const

type Wording = (exchange: string, exchangeId: string) => string

const wordings: Record<ExchangeErrorCode, Wording> = {
  INVALID_KEY: (exchange, exchangeId) =>
    `${exchange} refused the key: it does not know it, or the key was deleted or has expired. Check that you pasted the whole key, or make a new one.${keysOfSiblings(exchangeId)}`,
  INVALID_SIGNATURE: (exchange) =>
    `${exchange} refused the signature: the secret does not belong to this key. Paste the secret again, or make a new key.`,
  PASSPHRASE_MISSING: (exchange) =>
    `${exchange} refused the passphrase. Paste the one that you chose for this API key, not the password of your account.`,
  IP_NOT_ALLOWED: (exchange) =>
    `${exchange} refused the key: this IP address is not on its allow list. Add this server's address to the key's list, or make a key without one.`,
  PERMISSION_MISSING: (exchange) =>
    `${exchange} refused the request: the key lacks the right to read the account. Allow reading for this key at ${exchange}, or make a new one.`,
  CLOCK_SKEW: (exchange) =>
    `${exchange} refused the request because of its time: this server's clock is wrong. Set the clock, then try again.`,
  KEY_IN_USE_ELSEWHERE: (exchange) =>
    `${exchange} refused the request because its nonce is too low: another program uses the same key, or this server's clock was set back. Make a key at ${exchange} for OpenTrade alone, or widen the nonce window of this one there.`,
  RESTRICTED_LOCATION: (exchange, exchangeId) =>
    `${exchange} does not serve the country or the IP address that this server is in, so trying again will not help. Run OpenTrade on a server that ${exchange} serves, or ${connectSibling(exchangeId)}.`,
  RATE_LIMITED: (exchange) => `${exchange} was asked too often. Another try may succeed after a pause.`,
  UNAVAILABLE: (exchange) => `${exchange} cannot be reached right now. Another try may succeed later.`,
  MAINTENANCE: (exchange) => `${exchange} is under maintenance. Another try may succeed later.`,
  BAD_RESPONSE: (exchange) =>
    `${exchange} gave an answer that makes no sense, so nothing was changed. Another try may succeed later.`,
  TIMEOUT: (exchange) => `${exchange} did not answer in time. Another try may succeed later.`,
  CREDENTIALS_MISSING: (exchange) => `${exchange} needs more than was given. Fill in every field.`,
}

/** The usual sentence of a code, with the exchange named in it. */
export function usualSentence(options: {
  code: ExchangeErrorCode
  exchangeId: string
  exchange: string
}): string {
  return asSentence(wordings[options.code](options.exchange, options.exchangeId))
}

/** The text as a sentence: names of exchanges keep their own spelling (bitFlyer), an article is raised. */
export function asSentence(text: string): string {
  return text.startsWith('the ') ? `T${text.slice(1)}` : text
}

/** Names fields as people list them: "the API key and the passphrase". */
export function listFields(labels: string[]): string {
  const named = labels.map((label) => `the ${label.startsWith('API') ? label : label.toLowerCase()}`)
  const last = named.pop() ?? ''
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`
}
