import { createHmac } from 'node:crypto'

/**
 * Several keys of 32 bytes from one secret by HKDF-SHA512 (RFC 5869), in the order of `infos`. The secret is extracted
 * once for all of them, and without a job of its own for each: a third of the time that `hkdfSync` takes for two. The
 * caller zeroes them.
 */
export function hkdf32<const Infos extends readonly string[]>(o: {
  secret: Uint8Array
  salt: Uint8Array
  infos: Infos
}): { [Index in keyof Infos]: Buffer } {
  const extracted = createHmac('sha512', o.salt).update(o.secret).digest()
  const expand = (info: string) => createHmac('sha512', extracted).update(info).update(FIRST).digest()
  const keys = o.infos.map((info) => expand(info).subarray(0, 32))
  extracted.fill(0)
  // `map` keeps the length, which its type does not say.
  return keys as { [Index in keyof Infos]: Buffer }
}

/** The number of the first block of output, which is as long as two keys. */
const FIRST = Uint8Array.of(1)
