import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { KEY_BYTES } from './aes-gcm.ts'
import { CryptoError } from './errors.ts'
import { localRootKeys } from './local-root-keys.ts'
import type { RootKeyProvider } from './root-key.ts'
import { formatRootKeyFile, parseRootKeyFile, type RootKeyFile } from './root-key-file-format.ts'

const MAX_FILE_BYTES = 65_536
const OTHERS = 0o077
const OWNER_ONLY = 0o600

/**
 * Opens the root key file, and makes it with one new random key when `create` is set and there is none.
 *
 * The file is complete or absent: it is written under another name, flushed to the disk, and linked into place,
 * which fails when another process was first; both then use the one key. `created` is true for the process that
 * made it.
 *
 * @param o.path should lie outside the database's folder. Its folder is made (mode 0700) if missing.
 * @throws CryptoError `ROOT_KEY_FILE_MISSING`, `_EMPTY`, `_MALFORMED`, `_EXPOSED` (its group or others have any
 * right to it; not checked on Windows), `_UNREADABLE`. It is never overwritten.
 */
export async function openRootKeyFile(o: {
  path: string
  create: boolean
}): Promise<RootKeyProvider & { created: boolean }> {
  const path = resolve(o.path)
  const existing = await readRootKeyFile(path)
  if (existing) return { ...providerOf(existing), created: false }
  if (!o.create) {
    throw new CryptoError(
      'ROOT_KEY_FILE_MISSING',
      `The root key file ${path} is missing. Restore it from your backup: without it the stored exchange keys cannot be read.`,
    )
  }
  const created = await createRootKeyFile(path)
  const file = await readRootKeyFile(path)
  if (!file) throw unreadable(path, 'it is a link that leads nowhere')
  return { ...providerOf(file), created }
}

function providerOf(file: RootKeyFile): RootKeyProvider {
  const keys = new Map(file.keys.map(({ id, key }) => [id, key]))
  const provider = localRootKeys({ name: 'file', current: file.current, keys })
  for (const key of keys.values()) key.fill(0)
  return provider
}

async function readRootKeyFile(path: string): Promise<RootKeyFile | null> {
  const handle = await openToRead(path)
  if (!handle) return null
  try {
    return parseRootKeyFile(await readGuarded(handle, path), path)
  } finally {
    await handle.close()
  }
}

async function openToRead(path: string): Promise<FileHandle | null> {
  try {
    // Without O_NONBLOCK (0 on Windows) opening a named pipe would wait for ever.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return null
    throw unreadable(path, code)
  }
}

/** Rights and content are read through the same handle, so that the file cannot be exchanged in between. */
async function readGuarded(handle: FileHandle, path: string): Promise<string> {
  const stats = await handle.stat()
  if (!stats.isFile()) throw unreadable(path, 'it is not a regular file')
  if (stats.size > MAX_FILE_BYTES) throw unreadable(path, 'it is too large to be a root key file')
  if (process.platform !== 'win32' && (stats.mode & OTHERS) !== 0) {
    throw new CryptoError(
      'ROOT_KEY_FILE_EXPOSED',
      `The root key file ${path} is open to other users of this machine. Run: chmod 600 ${path}`,
    )
  }
  const content = await handle.readFile()
  const text = content.toString('utf8')
  content.fill(0)
  return text
}

/** Returns whether this call made the file; false when another process was first. */
async function createRootKeyFile(path: string): Promise<boolean> {
  const folder = dirname(path)
  const draft = join(folder, `.root-key-${randomBytes(8).toString('hex')}.draft`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeDurably(draft, newFile())
    const isFirst = await linkUnlessTaken(draft, path)
    await rm(draft)
    await flushFolder(folder)
    return isFirst
  } catch (error) {
    throw new CryptoError(
      'ROOT_KEY_FILE_UNREADABLE',
      `The root key file ${path} could not be made (${errorCode(error)}). This process must be able to write to its folder.`,
    )
  }
}

/** A link is made or not, and never over something that is there. */
async function linkUnlessTaken(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    await rm(draft)
    throw error
  }
}

function newFile(): string {
  const key = randomBytes(KEY_BYTES)
  const createdAt = new Date().toISOString()
  const id = `file-${createdAt.slice(0, 10)}-${randomBytes(4).toString('hex')}`
  const text = formatRootKeyFile({ current: id, keys: [{ id, key, createdAt }] })
  key.fill(0)
  return text
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, OWNER_ONLY)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the new name itself survive a power cut. Windows cannot open a folder, and needs no such flush. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
}

function unreadable(path: string, fault: string): CryptoError {
  return new CryptoError('ROOT_KEY_FILE_UNREADABLE', `The root key file ${path} cannot be read: ${fault}.`)
}
