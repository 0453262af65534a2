import { randomBytes } from 'node:crypto'
import { readdir, realpath, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { errorCode, replaceDurably } from './durable-file.ts'
import { CryptoError } from './errors.ts'
import { withFileLock } from './file-lock.ts'
import { unknownRootKey } from './root-key.ts'
import { formatRootKeyFile, newRootKey, type RootKeyFile } from './root-key-file-format.ts'
import { missingRootKeyFile, readRootKeyFile, unreadableRootKeyFile } from './root-key-file-read.ts'

/** A root key of the file as it may be shown: everything but the key. */
export interface RootKeyFileEntry {
  id: string
  /** ISO 8601; empty when the file does not say. */
  createdAt: string
  /** Whether new wraps use it. */
  current: boolean
}

interface Change {
  file: RootKeyFile
  id: string
}

/**
 * The root keys in a root key file, in the order in which they were added.
 * @throws CryptoError `ROOT_KEY_FILE_*`.
 */
export async function listRootKeys(o: { path: string }): Promise<RootKeyFileEntry[]> {
  const path = resolve(o.path)
  const read = await readRootKeyFile(path)
  if (!read) throw missingRootKeyFile(path)
  const { current, keys } = read.file
  wipe(read.file)
  return keys.map(({ id, createdAt }) => ({ id, createdAt, current: id === current }))
}

/**
 * First step of a rotation: adds a new random root key, which can be read and is not used yet. Every process that
 * shares the file can read it from now on; copies of the file on other machines must be renewed before the next step.
 * @returns the new key's id
 * @throws CryptoError `ROOT_KEY_FILE_*`; the file is then as it was.
 */
export function stageRootKey(o: { path: string }): Promise<{ id: string }> {
  return change(o.path, ({ current, keys }) => {
    const entry = newRootKey()
    return { id: entry.id, file: { current, keys: [...keys, entry] } }
  })
}

/**
 * Second step: makes a staged root key the current one. The one before it stays, for what it wrapped. To promote
 * the current one again changes nothing.
 * @param o.insteadOf changes the file only while this one is its current key
 * @returns the id of the key that is current now
 * @throws CryptoError `ROOT_KEY_UNKNOWN` when the file has no such key; `ROOT_KEY_FILE_*`.
 */
export function promoteRootKey(o: { path: string; id: string; insteadOf?: string }): Promise<{ id: string }> {
  return change(o.path, ({ current, keys }) => {
    assertHas(keys, o.id)
    const id = o.insteadOf === undefined || o.insteadOf === current ? o.id : current
    return { id, file: { current: id, keys } }
  })
}

/**
 * Last step: removes a root key for ever. The caller makes sure first that nothing in the database is wrapped by it;
 * nothing here can know that.
 * @throws CryptoError `ROOT_KEY_UNKNOWN` when the file has no such key, `INPUT_INVALID` for the current one;
 * `ROOT_KEY_FILE_*`.
 */
export function retireRootKey(o: { path: string; id: string }): Promise<{ id: string }> {
  return change(o.path, ({ current, keys }) => {
    assertHas(keys, o.id)
    if (current === o.id) {
      throw new CryptoError(
        'INPUT_INVALID',
        `The root key "${o.id}" is the current one. Promote another before you retire it.`,
      )
    }
    return { id: o.id, file: { current, keys: keys.filter(({ id }) => id !== o.id) } }
  })
}

function assertHas(keys: RootKeyFile['keys'], id: string): void {
  if (keys.some((key) => key.id === id)) return
  throw unknownRootKey({
    rootKeyId: id,
    provider: 'file',
    remedy: 'The root key file has no key of that id.',
  })
}

/** Reads, changes and replaces the file under its lock: of two changes at once none is lost. */
async function change(givenPath: string, apply: (file: RootKeyFile) => Change): Promise<{ id: string }> {
  const path = await realPathOf(resolve(givenPath))
  const folder = dirname(path)
  const draftPrefix = `.${basename(path)}-`
  const run = async () => {
    const read = await readRootKeyFile(path)
    if (!read) throw missingRootKeyFile(path)
    const { file, id } = apply(read.file)
    const text = formatRootKeyFile(file)
    wipe(read.file)
    wipe(file)
    await removeDrafts(folder, draftPrefix)
    const draft = join(folder, `${draftPrefix}${randomBytes(8).toString('hex')}.draft`)
    await replaceDurably({ path, draft, text, like: read.stats })
    return { id }
  }
  try {
    return await withFileLock({ lock: join(folder, `.${basename(path)}.lock`), run })
  } catch (error) {
    if (error instanceof CryptoError) throw error
    throw new CryptoError(
      'ROOT_KEY_FILE_UNREADABLE',
      `The root key file ${path} could not be changed (${errorCode(error)}). This process must be able to write to its folder.`,
    )
  }
}

/** What a process that was killed left behind may hold a key that was to be removed. */
async function removeDrafts(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix) && name.endsWith('.draft')) await rm(join(folder, name), { force: true })
  }
}

/** A link stays a link: what it leads to is replaced. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw missingRootKeyFile(path)
    throw unreadableRootKeyFile(path, errorCode(error))
  }
}

function wipe(file: RootKeyFile): void {
  for (const { key } of file.keys) key.fill(0)
}
