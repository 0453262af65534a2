import { randomBytes } from 'node:crypto'
import { KEY_BYTES } from './aes-gcm.ts'
import { CryptoError } from './errors.ts'
import { isObject } from './json.ts'
import { isRootKeyId } from './root-key.ts'
import { parseKeyText } from './root-key-text.ts'

const FORMAT = 'opentrade-root-keys'
const VERSION = 1

/** What a root key file holds: any number of keys, one of them current, so that rotation can add one. */
export interface RootKeyFile {
  current: string
  keys: { id: string; key: Uint8Array; createdAt: string }[]
}

/** A new random root key, named by its day and chance. The caller zeroes it. */
export function newRootKey(): RootKeyFile['keys'][number] {
  const createdAt = new Date().toISOString()
  const id = `file-${createdAt.slice(0, 10)}-${randomBytes(4).toString('hex')}`
  return { id, key: Uint8Array.from(randomBytes(KEY_BYTES)), createdAt }
}

/** The file's text: JSON with a format name and version, keys in base64url. */
export function formatRootKeyFile(file: RootKeyFile): string {
  const keys = file.keys.map(({ id, key, createdAt }) => ({
    id,
    key: Buffer.from(key).toString('base64url'),
    createdAt,
  }))
  return `${JSON.stringify({ format: FORMAT, version: VERSION, current: file.current, keys }, null, 2)}\n`
}

/**
 * Reads the file's text, strictly: no unknown format or version, no key missing, doubled, all zero or of a wrong
 * length.
 * @param path for the messages, which never quote the content: the parser's own would.
 * @throws CryptoError `ROOT_KEY_FILE_EMPTY` or `ROOT_KEY_FILE_MALFORMED`.
 */
export function parseRootKeyFile(text: string, path: string): RootKeyFile {
  if (text.trim() === '') {
    throw new CryptoError(
      'ROOT_KEY_FILE_EMPTY',
      `The root key file ${path} is empty. Restore it from your backup; if nothing was ever sealed with it, delete it.`,
    )
  }
  const file = parseJson(text)
  if (!isObject(file) || file.format !== FORMAT) throw malformed(path, `it is not an ${FORMAT} file`)
  if (file.version !== VERSION) throw malformed(path, 'its version is not known to this OpenTrade')
  if (!Array.isArray(file.keys) || file.keys.length === 0) throw malformed(path, 'it has no keys')
  const keys = file.keys.map((entry: unknown) => parseEntry(entry, path))
  if (new Set(keys.map(({ id }) => id)).size !== keys.length)
    throw malformed(path, 'two keys have the same id')
  const current = keys.find(({ id }) => id === file.current)
  if (!current) throw malformed(path, 'its current key is not among its keys')
  return { current: current.id, keys }
}

function parseEntry(entry: unknown, path: string): RootKeyFile['keys'][number] {
  if (!isObject(entry) || typeof entry.id !== 'string' || !isRootKeyId(entry.id)) {
    throw malformed(path, 'a key has no valid id')
  }
  const key = typeof entry.key === 'string' ? parseKeyText(entry.key) : null
  if (!key) throw malformed(path, `the key "${entry.id}" is not 32 bytes in base64url`)
  return { id: entry.id, key, createdAt: typeof entry.createdAt === 'string' ? entry.createdAt : '' }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes what it read, which here is a key.
    return null
  }
}

function malformed(path: string, fault: string): CryptoError {
  return new CryptoError(
    'ROOT_KEY_FILE_MALFORMED',
    `The root key file ${path} is malformed: ${fault}. Restore it from your backup.`,
  )
}
