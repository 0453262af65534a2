import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { link, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorCode, flushFolder, writeDurably } from './durable-file.ts'
import { CryptoError } from './errors.ts'
import { type LocalRootKeys, localRootKeys } from './local-root-keys.ts'
import type { RootKeyProvider } from './root-key.ts'
import { formatRootKeyFile, newRootKey } from './root-key-file-format.ts'
import {
  missingRootKeyFile,
  type ReadRootKeyFile,
  readRootKeyFile,
  unreadableRootKeyFile,
} from './root-key-file-read.ts'

/**
 * Opens the root key file, and makes it with one new random key when `create` is set and there is none.
 *
 * The file is complete or absent: it is written under another name, flushed to the disk, and linked into place,
 * which fails when another process was first; both then use the one key. `created` is true for the process that
 * made it.
 *
 * The provider reads the file again when it has changed before it wraps, and when it meets a root key that it does
 * not know: rotation needs no restart. A file that has gone or is damaged since stops new wraps; the keys that were
 * read from it go on unwrapping.
 *
 * @param o.path should lie outside the database's folder. Its folder is made (mode 0700) if missing.
 * @throws CryptoError `ROOT_KEY_FILE_MISSING`, `_EMPTY`, `_MALFORMED`, `_EXPOSED` (its group or others have any
 * right to it; not checked on Windows), `_UNREADABLE`. It is never overwritten here.
 */
export async function openRootKeyFile(o: {
  path: string
  create: boolean
}): Promise<RootKeyProvider & { created: boolean }> {
  const path = resolve(o.path)
  const existing = await readRootKeyFile(path)
  if (existing) return { ...providerOf(path, existing), created: false }
  if (!o.create) throw missingRootKeyFile(path)
  const created = await createRootKeyFile(path)
  const file = await readRootKeyFile(path)
  if (!file) throw unreadableRootKeyFile(path, 'it is a link that leads nowhere')
  return { ...providerOf(path, file), created }
}

function providerOf(path: string, first: ReadRootKeyFile): RootKeyProvider {
  let loaded = load(first)

  async function reload(): Promise<void> {
    const read = await readRootKeyFile(path)
    if (!read) throw missingRootKeyFile(path)
    loaded = load(read)
  }

  async function unchanged(): Promise<boolean> {
    try {
      return stampOf(await stat(path)) === loaded.stamp
    } catch {
      // Reading it again tells what is wrong with it.
      return false
    }
  }

  async function freshKeys(): Promise<LocalRootKeys> {
    if (!(await unchanged())) await reload()
    return loaded.keys
  }

  async function keysWith(rootKeyId: string): Promise<LocalRootKeys> {
    if (!(await loaded.keys.holds(rootKeyId))) await reload()
    return loaded.keys
  }

  return {
    name: 'file',
    currentKeyId: async () => (await freshKeys()).currentKeyId(),
    wrap: async (o) => (await freshKeys()).wrap(o),
    unwrap: async (item) => (await keysWith(item.rootKeyId)).unwrap(item),
    holds: async (rootKeyId) => (await keysWith(rootKeyId)).holds(rootKeyId),
  }
}

function load({ file, stats }: ReadRootKeyFile): { keys: LocalRootKeys; stamp: string } {
  const keys = new Map(file.keys.map(({ id, key }) => [id, key]))
  const provider = localRootKeys({ name: 'file', current: file.current, keys })
  for (const key of keys.values()) key.fill(0)
  return { keys: provider, stamp: stampOf(stats) }
}

/** Every change gives the file another inode or another time. */
function stampOf(stats: Stats): string {
  return [stats.ino, stats.mtimeMs, stats.ctimeMs, stats.size].join(' ')
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
  const entry = newRootKey()
  const text = formatRootKeyFile({ current: entry.id, keys: [entry] })
  entry.key.fill(0)
  return text
}
