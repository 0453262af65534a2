import { BinanceError, illegalCharacters, missingParameter, rejectedKey } from './errors.ts'
import { optionalText, optionalTime, type Parameters } from './parameters.ts'
import { isSignatureOf, isSignedBy, signedPayload } from './signature.ts'
import { API_KEY_FORMAT, findKey, type StoredKey, secretOf } from './store/keys.ts'
import type { Venue } from './venue.ts'

const USUAL_WINDOW_MS = 5_000
const LONGEST_WINDOW_MS = 60_000
/** How far ahead of the exchange's clock a timestamp may be. */
const AHEAD_MS = 1_000

/** Milliseconds with up to three decimal places. */
const WINDOW = /^[0-9]{1,20}(\.[0-9]{1,3})?$/

/** What a signed request brought along. */
export interface SignedRequest {
  apiKey: string | null
  /** Query string and body exactly as they were sent. */
  query: string
  body: string
  parameters: Parameters
  address: string
  now: number
}

/**
 * Checks a signed request as Binance does: the key's form, the timestamp against recvWindow, the key, the
 * signature over the exact bytes, then where the key may be used from and for what.
 * @throws BinanceError -2014, -1102, -1021, -1131, -2015 or -1022.
 */
export async function authenticate(o: {
  venue: Venue
  request: SignedRequest
  security: 'USER_DATA' | 'TRADE'
}): Promise<StoredKey> {
  const { venue, request, security } = o
  if (request.apiKey === null || !API_KEY_FORMAT.test(request.apiKey)) {
    throw new BinanceError({ code: -2014, message: 'API-key format invalid.', status: 401 })
  }
  checkTiming(request.parameters, request.now)
  const signature = optionalText(request.parameters, 'signature')
  if (signature === null) throw missingParameter('signature')

  const key = await findKey(venue.pool, request.apiKey)
  if (!key || (key.expiresAt !== null && key.expiresAt <= request.now)) throw rejectedKey()
  const payload = signedPayload(request.query, request.body)
  const isSigned =
    key.publicKey === null
      ? isSignatureOf({ payload, secret: secretOf(venue.keySeed, request.apiKey), signature })
      : isSignedBy({ payload, publicKey: key.publicKey, signature })
  if (!isSigned) {
    throw new BinanceError({ code: -1022, message: 'Signature for this request is not valid.' })
  }
  if (key.ipRestrict && !key.ipWhitelist.includes(request.address)) throw rejectedKey()
  if (!mayCall({ key, security, now: request.now })) throw rejectedKey()
  return key
}

function checkTiming(parameters: Parameters, now: number): void {
  const timestamp = optionalTime(parameters, 'timestamp')
  if (timestamp === null) throw missingParameter('timestamp')
  const text = optionalText(parameters, 'recvWindow')
  if (text !== null && !WINDOW.test(text)) throw illegalCharacters('recvWindow', WINDOW.source)
  const window = text === null ? USUAL_WINDOW_MS : Number(text)
  if (window > LONGEST_WINDOW_MS) {
    throw new BinanceError({ code: -1131, message: "'recvWindow' must be less than 60000." })
  }
  if (timestamp >= now + AHEAD_MS) {
    throw new BinanceError({
      code: -1021,
      message: "Timestamp for this request was 1000ms ahead of the server's time.",
    })
  }
  if (now - timestamp > window) {
    throw new BinanceError({
      code: -1021,
      message: 'Timestamp for this request is outside of the recvWindow.',
    })
  }
}

function mayCall(o: { key: StoredKey; security: 'USER_DATA' | 'TRADE'; now: number }): boolean {
  if (o.security === 'USER_DATA') return o.key.enableReading
  return isTradingAllowed(o.key, o.now)
}

/** Whether a key may place orders now: the right may have run out. */
export function isTradingAllowed(key: StoredKey, now: number): boolean {
  const expiry = key.tradingAuthorityExpirationTime
  return key.enableSpotAndMarginTrading && (expiry === null || now < expiry)
}
