import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { LoopbackAnswer } from './loopback.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A key of the transit engine. Version 1 is the first of `versions`. */
export interface TransitKey {
  type: string
  derived: boolean
  exportable: boolean
  versions: Buffer[]
  minDecryptionVersion: number
}

/** A key with one version. */
export function createTransitKey(
  o: Partial<Pick<TransitKey, 'derived' | 'type' | 'exportable'>> = {},
): TransitKey {
  return {
    type: 'aes256-gcm96',
    derived: true,
    exportable: false,
    versions: [randomBytes(32)],
    minDecryptionVersion: 1,
    ...o,
  }
}

/** The next version becomes the one that encrypts. */
export function rotateTransitKey(key: TransitKey): void {
  key.versions.push(randomBytes(32))
}

/** Thrown and answered as HTTP 400, as Vault's user errors are. */
class UserError extends Error {
  override readonly name = 'UserError'
}

type Input = Record<string, unknown>

/** Answers one request behind the mount, whose rights were checked. */
export function answerTransit(o: {
  keys: ReadonlyMap<string, TransitKey>
  method: string
  path: string
  body: Input
  batchRefusalStatus: number
}): LoopbackAnswer {
  const [, action = '', name = ''] =
    /^(keys|encrypt|decrypt|rewrap|datakey\/plaintext)\/([\w.-]+)$/.exec(o.path) ?? []
  const key = o.keys.get(name)
  if (action === 'keys')
    return key ? { status: 200, body: { data: describe(name, key) } } : { status: 404, body: { errors: [] } }
  if (!key) return { status: 400, body: { errors: ['encryption key not found'] } }
  try {
    if (action === 'rewrap' && Array.isArray(o.body.batch_input)) {
      return rewrapBatch({ key, items: o.body.batch_input, refusalStatus: o.batchRefusalStatus })
    }
    return act(key, action, o.body)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { status: 400, body: { errors: [error.message] } }
  }
}

function describe(name: string, key: TransitKey) {
  return {
    name,
    type: key.type,
    derived: key.derived,
    exportable: key.exportable,
    allow_plaintext_backup: false,
    deletion_allowed: false,
    latest_version: key.versions.length,
    min_decryption_version: key.minDecryptionVersion,
    min_encryption_version: 0,
  }
}

function act(key: TransitKey, action: string, body: Input): LoopbackAnswer {
  const context = contextOf(key, body)
  if (action === 'encrypt')
    return given({ ciphertext: encrypt({ key, context, plaintext: base64Of(body.plaintext) }) })
  if (action === 'decrypt')
    return given({ plaintext: decrypt({ key, context, ciphertext: body.ciphertext }).toString('base64') })
  if (action === 'rewrap') return given({ ciphertext: rewrap({ key, context, ciphertext: body.ciphertext }) })
  const plaintext = randomBytes(32)
  return given({ ciphertext: encrypt({ key, context, plaintext }), plaintext: plaintext.toString('base64') })
}

function given(data: Record<string, unknown>): LoopbackAnswer {
  return { status: 200, body: { data } }
}

/** The results of all items are in the answer, whatever its status. */
function rewrapBatch(o: { key: TransitKey; items: Input[]; refusalStatus: number }): LoopbackAnswer {
  const { key, items } = o
  const results = items.map((item) => {
    try {
      return { ciphertext: rewrap({ key, context: contextOf(key, item), ciphertext: item.ciphertext }) }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { error: error.message }
    }
  })
  const failed = results.some((result) => 'error' in result)
  return { status: failed ? o.refusalStatus : 200, body: { data: { batch_results: results } } }
}

function contextOf(key: TransitKey, input: Input): Buffer {
  if (!key.derived) return Buffer.alloc(0)
  if (typeof input.context !== 'string' || input.context === '') {
    throw new UserError(
      "missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key",
    )
  }
  return base64Of(input.context)
}

function base64Of(text: unknown): Buffer {
  const bytes = Buffer.from(String(text), 'base64')
  if (bytes.toString('base64') !== text) throw new UserError('illegal base64 data')
  return bytes
}

function cipherKey(o: { key: TransitKey; version: number; context: Buffer }): Buffer {
  const bytes = o.key.versions[o.version - 1]
  if (!bytes) throw new UserError('invalid ciphertext: version is too new')
  return o.key.derived ? Buffer.from(hkdfSync('sha256', bytes, '', o.context, 32)) : bytes
}

function encrypt(o: { key: TransitKey; context: Buffer; plaintext: Buffer }): string {
  const version = o.key.versions.length
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', cipherKey({ ...o, version }), nonce, {
    authTagLength: TAG_BYTES,
  })
  const sealed = [nonce, cipher.update(o.plaintext), cipher.final(), cipher.getAuthTag()]
  return `vault:v${version}:${Buffer.concat(sealed).toString('base64')}`
}

function decrypt(o: { key: TransitKey; context: Buffer; ciphertext: unknown }): Buffer {
  const [, version = '', text = ''] = /^vault:v(\d+):(.+)$/.exec(String(o.ciphertext)) ?? []
  const sealed = Buffer.from(text, 'base64')
  if (!version || sealed.length < NONCE_BYTES + TAG_BYTES)
    throw new UserError('invalid ciphertext: could not decode')
  if (Number(version) < o.key.minDecryptionVersion) {
    throw new UserError('ciphertext or signature version is disallowed by policy (too old)')
  }
  const key = cipherKey({ ...o, version: Number(version) })
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch {
    throw new UserError('cipher: message authentication failed')
  }
}

function rewrap(o: { key: TransitKey; context: Buffer; ciphertext: unknown }): string {
  return encrypt({ ...o, plaintext: decrypt(o) })
}
