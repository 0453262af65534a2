import { createHmac, randomBytes } from 'node:crypto'
import { constantTimeEqual } from '@opentrade/crypto'

/**
 * Makes and reads the opaque tokens that a session is continued with: 96 bytes in base64url,
 * `user id (16) | session id (16) | secret (32) | tag (32)`.
 *
 * The database holds a token's SHA-256 alone. The tag lets us tell an old token of ours, whose reuse ends its
 * family, from one that somebody made up around a known session id, and refuse the latter without a query.
 * A token's successor is derived from it with a key that stays on the server: whoever asks twice gets the same
 * one, and nobody else can compute it.
 */
export interface RefreshTokens {
  create: (o: { userId: string; sessionId: string }) => string
  /**
   * What a token may be followed by: first what it is now, then what it was while an older key signed. Each is the
   * same for the same token.
   */
  successors: (token: string) => readonly [string, ...string[]]
  /** Whose token it is; null when it is none of ours. */
  read: (token: string) => { userId: string; sessionId: string } | null
}

const ID_BYTES = 16
const SECRET_BYTES = 32
const TAG_BYTES = 32
const TOKEN_BYTES = 2 * ID_BYTES + SECRET_BYTES + TAG_BYTES
const TEXT = /^[A-Za-z0-9_-]{128}$/

/** @param secrets 32 bytes each: the first makes tokens, all of them read; asked for each time, since they change */
export function createRefreshTokens(secrets: () => readonly [Uint8Array, ...Uint8Array[]]): RefreshTokens {
  return {
    create({ userId, sessionId }) {
      return encode({
        ids: [uuidBytes(userId), uuidBytes(sessionId)],
        secret: randomBytes(SECRET_BYTES),
        key: secrets()[0],
      })
    },
    successors(token) {
      const bytes = Buffer.from(token, 'base64url')
      const [newest, ...older] = secrets()
      return [successor(bytes, newest), ...older.map((key) => successor(bytes, key))]
    },
    read(token) {
      if (!TEXT.test(token)) return null
      const bytes = Buffer.from(token, 'base64url')
      if (bytes.length !== TOKEN_BYTES) return null
      const signed = bytes.subarray(0, TOKEN_BYTES - TAG_BYTES)
      const tag = bytes.subarray(TOKEN_BYTES - TAG_BYTES)
      if (!secrets().some((secret) => constantTimeEqual(mac(secret, 'tag', signed), tag))) return null
      return {
        userId: uuidText(bytes.subarray(0, ID_BYTES)),
        sessionId: uuidText(bytes.subarray(ID_BYTES, 2 * ID_BYTES)),
      }
    },
  }
}

function successor(token: Uint8Array, key: Uint8Array): string {
  const ids = [token.subarray(0, ID_BYTES), token.subarray(ID_BYTES, 2 * ID_BYTES)]
  return encode({ ids, secret: mac(key, 'successor', token), key })
}

function encode(o: { ids: Uint8Array[]; secret: Uint8Array; key: Uint8Array }): string {
  const signed = Buffer.concat([...o.ids, o.secret])
  return Buffer.concat([signed, mac(o.key, 'tag', signed)]).toString('base64url')
}

function mac(secret: Uint8Array, purpose: 'tag' | 'successor', bytes: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`opentrade/refresh/${purpose}\0`).update(bytes).digest()
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
