import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errorCode } from './durable-file.ts'
import { CryptoError } from './errors.ts'
import { parseRootKeyFile, type RootKeyFile } from './root-key-file-format.ts'

const MAX_FILE_BYTES = 65_536
const OTHERS = 0o077

/** A root key file as it was at one moment. */
export interface ReadRootKeyFile {
  file: RootKeyFile
  stats: Stats
}

/**
 * Reads a root key file; null when there is none.
 * @throws CryptoError `ROOT_KEY_FILE_EMPTY`, `_MALFORMED`, `_EXPOSED`, `_UNREADABLE`.
 */
export async function readRootKeyFile(path: string): Promise<ReadRootKeyFile | null> {
  const handle = await openToRead(path)
  if (!handle) return null
  try {
    const stats = await handle.stat()
    return { file: parseRootKeyFile(await readGuarded({ handle, stats, path }), path), stats }
  } finally {
    await handle.close()
  }
}

/** There is no root key file where one must be. */
export function missingRootKeyFile(path: string): CryptoError {
  return new CryptoError(
    'ROOT_KEY_FILE_MISSING',
    `The root key file ${path} is missing. Restore it from your backup: without it the stored exchange keys cannot be read.`,
  )
}

/** There is something, and it cannot be read as a file. */
export function unreadableRootKeyFile(path: string, fault: string): CryptoError {
  return new CryptoError('ROOT_KEY_FILE_UNREADABLE', `The root key file ${path} cannot be read: ${fault}.`)
}

async function openToRead(path: string): Promise<FileHandle | null> {
  try {
    // Without O_NONBLOCK (0 on Windows) opening a named pipe would wait for ever.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return null
    throw unreadableRootKeyFile(path, code)
  }
}

/** Rights and content are read through the same handle, so that the file cannot be exchanged in between. */
async function readGuarded(o: { handle: FileHandle; stats: Stats; path: string }): Promise<string> {
  const { stats, path } = o
  if (!stats.isFile()) throw unreadableRootKeyFile(path, 'it is not a regular file')
  if (stats.size > MAX_FILE_BYTES) throw unreadableRootKeyFile(path, 'it is too large to be a root key file')
  if (process.platform !== 'win32' && (stats.mode & OTHERS) !== 0) {
    throw new CryptoError(
      'ROOT_KEY_FILE_EXPOSED',
      `The root key file ${path} is open to other users of this machine. Run: chmod 600 ${path}`,
    )
  }
  const content = await o.handle.readFile()
  const text = content.toString('utf8')
  content.fill(0)
  return text
}
