import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BackupError } from './error.ts'
import { notAnArchive } from './manifest.ts'

/** What the seal says before the hash. */
const label = 'opentrade backup sha256 '
const textSize = label.length + 64

/** The header of a gzip member without name and time (RFC 1952), and that of a stored last block (RFC 1951). */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const storedHeader = Buffer.from([1, textSize, 0, 0xff ^ textSize, 0xff])

/** The length of the seal in bytes. */
export const sealSize = gzipHeader.length + storedHeader.length + textSize + 8

const readSize = 1024 * 1024

/**
 * Returns what ends the file: the SHA-256 of all bytes before it, as a gzip member of its own. Programs that
 * know gzip and tar pass over it; to us a single changed, missing or added byte shows. It guards against
 * accidents: whoever changes a file on purpose can seal it again.
 * @param sha256 in hex
 */
export function sealOf(sha256: string): Buffer {
  const text = Buffer.from(`${label}${sha256}`)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(text), 0)
  trailer.writeUInt32LE(text.length, 4)
  return Buffer.concat([gzipHeader, storedHeader, text, trailer])
}

/**
 * Reads the whole file and compares it with its seal.
 * @returns the length of what is sealed.
 * @throws BackupError `NOT_AN_ARCHIVE` or `DAMAGED`
 */
export async function checkSeal(path: string): Promise<number> {
  const file = await openFile(path)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw notAnArchive()
    const start = Buffer.alloc(1)
    await file.read({ buffer: start, position: 0 })
    if (start[0] !== gzipHeader[0]) throw notAnArchive()
    const length = found.size - sealSize
    if (length <= 0) throw damaged()
    const expected = sealOf(await hashOf(file, length))
    const seal = Buffer.alloc(sealSize)
    await file.read({ buffer: seal, position: length })
    if (!seal.equals(expected)) throw damaged()
    return length
  } finally {
    await file.close()
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new BackupError('NOT_AN_ARCHIVE', `The backup ${path} cannot be read (${code}).`, { cause: error })
  }
}

async function hashOf(file: FileHandle, length: number): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(readSize)
  for (let position = 0; position < length; ) {
    const size = Math.min(buffer.length, length - position)
    const { bytesRead } = await file.read({ buffer, length: size, position })
    if (bytesRead === 0) throw damaged()
    hash.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
  return hash.digest('hex')
}

/** The refusal of an archive of which a part was changed, or is missing. */
export function damaged(cause?: unknown): BackupError {
  return new BackupError(
    'DAMAGED',
    'The file is not a complete backup of OpenTrade: it was cut off or changed since it was written. Copy it again from where it was kept, or use another backup. Nothing was changed.',
    { cause },
  )
}
