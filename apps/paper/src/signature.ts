import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'

const HEX_SHA256 = /^[0-9a-fA-F]{64}$/

/**
 * What a request's signature covers: the query string followed by the body, byte for byte as they were sent,
 * without the `signature` parameter itself (Binance, "SIGNED endpoint security").
 */
export function signedPayload(query: string, body: string): string {
  return withoutSignature(query) + withoutSignature(body)
}

function withoutSignature(part: string): string {
  return part
    .split('&')
    .filter((pair) => !pair.startsWith('signature='))
    .join('&')
}

/** The signature of a payload: lower-case hexadecimal HMAC-SHA256. */
export function sign(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('hex')
}

/** Whether a signature is that of the payload; hexadecimal of either case, compared in constant time. */
export function isSignatureOf(o: { payload: string; secret: string; signature: string }): boolean {
  if (!HEX_SHA256.test(o.signature)) return false
  const expected = Buffer.from(sign(o.payload, o.secret), 'hex')
  return timingSafeEqual(expected, Buffer.from(o.signature, 'hex'))
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const LEAST_RSA_BITS = 2_048

/** An Ed25519 key, or an RSA key of 2048 bits and more, out of a public key in PEM; null for anything else. */
export function readPublicKey(pem: string): KeyObject | null {
  if (!pem.includes('PUBLIC KEY')) return null
  try {
    const key = createPublicKey(pem)
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
    return key.asymmetricKeyType === 'ed25519' || (key.asymmetricKeyType === 'rsa' && bits >= LEAST_RSA_BITS)
      ? key
      : null
  } catch {
    return null
  }
}

/** Whether a signature in base64 is that of the payload: Ed25519, or RSASSA-PKCS1-v1_5 with SHA-256. */
export function isSignedBy(o: { payload: string; publicKey: string; signature: string }): boolean {
  const key = readPublicKey(o.publicKey)
  if (!key || !BASE64.test(o.signature)) return false
  const digest = key.asymmetricKeyType === 'rsa' ? 'sha256' : null
  return verify(digest, Buffer.from(o.payload), key, Buffer.from(o.signature, 'base64'))
}
