import { KEY_BYTES } from './aes-gcm.ts'
import type { Bytes } from './encoding.ts'

/**
 * Reads a 32-byte key from text: 64 hex digits (all lower or all upper case), base64 or base64url (padded or not).
 * Returns null for anything else, and for 32 zero bytes.
 *
 * Node's decoders skip what they do not understand (`Buffer.from('zz', 'hex')` has 0 bytes; base64 ignores spaces
 * and accepts stray bits in the last character), so the decoded bytes must give exactly the same text again.
 */
export function parseKeyText(text: string): Bytes | null {
  const decoded = decode(text)
  if (!decoded || decoded.length !== KEY_BYTES) return null
  const key = Uint8Array.from(decoded)
  decoded.fill(0)
  return key.some((byte) => byte !== 0) ? key : null
}

function decode(text: string): Buffer | null {
  if (text.length === KEY_BYTES * 2) {
    const bytes = Buffer.from(text, 'hex')
    const hex = bytes.toString('hex')
    return text === hex || text === hex.toUpperCase() ? bytes : null
  }
  const unpadded = text.replace(/=$/, '')
  for (const alphabet of ['base64', 'base64url'] as const) {
    const bytes = Buffer.from(unpadded, alphabet)
    if (bytes.toString(alphabet).replace(/=$/, '') === unpadded) return bytes
  }
  return null
}
