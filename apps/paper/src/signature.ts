import { createHmac, timingSafeEqual } from 'node:crypto'

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
