/** What the encoder knows: whole numbers up to 32 bits, texts, bytes and maps of them. */
export type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>

/** Encodes by RFC 8949, as far as WebAuthn needs it. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([head(3, text.length), text])
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  const entries = [...value].flatMap(([key, item]) => [encodeCbor(key), encodeCbor(item)])
  return Buffer.concat([head(5, value.size), ...entries])
}

function head(major: number, count: number): Buffer {
  const type = major << 5
  if (count < 24) return Buffer.from([type | count])
  if (count < 256) return Buffer.from([type | 24, count])
  const bytes = Buffer.alloc(5)
  bytes.writeUInt8(type | 26)
  bytes.writeUInt32BE(count, 1)
  return bytes
}
