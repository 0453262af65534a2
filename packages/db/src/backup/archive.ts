import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { BackupError } from './error.ts'
import { damaged, sealOf } from './seal.ts'
import { type Entry, endOfTar, readTar, tarEntry } from './tar.ts'

/** Sealed data does not compress further, and text does at any level: more would cost time alone. */
const compression = 3

/**
 * Writes the entries as a gzip'ed tar with its seal. They are taken one by one as the disk takes them.
 * @returns the length of the file in bytes
 */
export async function writeArchive(file: FileHandle, entries: AsyncIterable<Entry>): Promise<number> {
  const hash = createHash('sha256')
  let size = 0

  async function* blocks() {
    for await (const entry of entries) yield* tarEntry(entry)
    yield endOfTar
  }
  async function write(compressed: AsyncIterable<Buffer>) {
    for await (const part of compressed) {
      hash.update(part)
      await file.appendFile(part)
      size += part.length
    }
  }
  await pipeline(blocks, createGzip({ level: compression }), write)
  const seal = sealOf(hash.digest('hex'))
  await file.appendFile(seal)
  return size + seal.length
}

/**
 * Reads the entries of an archive whose seal was found right.
 * @param o.length of what is sealed, in bytes
 * @throws BackupError `NOT_AN_ARCHIVE` or `DAMAGED`
 */
export async function* readArchive(o: { path: string; length: number }): AsyncGenerator<Entry> {
  const file = createReadStream(o.path, { end: o.length - 1 })
  const gunzip = createGunzip()
  const flowing = pipeline(file, gunzip)
  // It is awaited below; until then its failure shows in what is read.
  flowing.catch(() => undefined)
  try {
    yield* readTar(gunzip)
    await flowing
  } catch (error) {
    throw error instanceof BackupError ? error : damaged(error)
  } finally {
    file.destroy()
    gunzip.destroy()
  }
}
