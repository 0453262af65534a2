import {
  type CompactJWSHeaderParameters,
  type CryptoKey,
  compactVerify,
  type JWK,
  type KeyObject,
} from 'jose'

/** A key that may verify: ours as key objects, those of others as JWKs, or as jose imported them. */
export type VerificationKey = CryptoKey | KeyObject | JWK

export interface VerifiedJws {
  header: CompactJWSHeaderParameters
  payload: Uint8Array
}

interface Verification {
  /** JWS compact serialisation. */
  token: string
  /** The only algorithms that count, whatever the token's header says. */
  algorithms: readonly string[]
  /** Chooses the key by the header, which nobody has vouched for yet; throws when there is none. */
  key: (header: CompactJWSHeaderParameters) => VerificationKey | Promise<VerificationKey>
}

const BASE64URL = /^[A-Za-z0-9_-]*$/
/** Far more than any token that we accept needs. */
const LONGEST = 16_384

/** The text is no JWS in strict compact serialisation. */
export class MalformedJwsError extends Error {
  override name = 'MalformedJwsError'
}

/**
 * Verifies one signature: the only door to it, for our own tokens and for those of others (RFC 7515, section 5.2).
 * The text is checked by itself first, since decoders differ in what they forgive: exactly three parts, each in
 * base64url without padding, white space, foreign characters or loose bits, the signature not empty. A JWK that
 * says what it is for (`alg`, `use`, `key_ops`) is used for nothing else.
 * @throws MalformedJwsError; what `key` throws; a JOSEError or TypeError of jose when the signature is not that key's
 */
export async function verifyJws({ token, algorithms, key }: Verification): Promise<VerifiedJws> {
  refuseLoose(token)
  const verified = await compactVerify(token, async (header) => spelled(await key(header)), {
    algorithms: [...algorithms],
  })
  return { header: verified.protectedHeader, payload: verified.payload }
}

function refuseLoose(token: string): void {
  if (token.length > LONGEST) throw new MalformedJwsError('The token is too long.')
  const parts = token.split('.')
  if (parts.length !== 3 || parts[0] === '' || parts[2] === '' || !parts.every(isStrictBase64Url)) {
    throw new MalformedJwsError('The token is not three parts in base64url.')
  }
}

/** RFC 7518 calls P-521 with SHA-512 ES512; keys in the field, and in test vectors, also say ES521, which is nothing. */
function spelled(key: VerificationKey): VerificationKey {
  return 'kty' in key && key.crv === 'P-521' && key.alg === 'ES521' ? { ...key, alg: 'ES512' } : key
}

/** Decoding and encoding again must give the same text. */
function isStrictBase64Url(text: string): boolean {
  return BASE64URL.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text
}
