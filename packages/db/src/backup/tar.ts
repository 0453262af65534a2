import { notAnArchive } from './manifest.ts'

/** A file inside the archive, small enough to be held in memory. */
export interface Entry {
  name: string
  data: Buffer
}

const blockSize = 512
const nameSize = 100
/** Where the fields of a header are (POSIX.1-1988, "ustar"). */
const at = { mode: 100, uid: 108, gid: 116, size: 124, time: 136, checksum: 148, type: 156, magic: 257 }
/** The largest size that the field holds: eleven octal digits. */
const maxSize = 8 ** 11 - 1

/** What ends an archive. */
export const endOfTar = Buffer.alloc(2 * blockSize)

/** Returns the bytes of one file: header, data, padding. Any program that knows tar reads them. */
export function tarEntry({ name, data }: Entry): Buffer[] {
  if (Buffer.byteLength(name) > nameSize || data.length > maxSize) {
    throw new RangeError(`The entry ${name} does not fit into an archive.`)
  }
  const header = Buffer.alloc(blockSize)
  header.write(name)
  header.write('0000600\0', at.mode)
  header.write('0000000\0', at.uid)
  header.write('0000000\0', at.gid)
  header.write(`${data.length.toString(8).padStart(11, '0')}\0`, at.size)
  header.write('00000000000\0', at.time)
  header.write('0', at.type)
  header.write('ustar\x0000', at.magic)
  header.write(checksumOf(header), at.checksum)
  return [header, data, Buffer.alloc(paddingOf(data.length))]
}

/**
 * Reads what `tarEntry` wrote, entry by entry.
 * @throws BackupError `NOT_AN_ARCHIVE` when it is something else, or ends too early
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const bytes = source[Symbol.asyncIterator]()
  let buffered: Buffer = Buffer.alloc(0)

  async function take(length: number): Promise<Buffer> {
    const parts = [buffered]
    let total = buffered.length
    while (total < length) {
      const { value, done } = await bytes.next()
      if (done) throw notAnArchive()
      parts.push(value)
      total += value.length
    }
    const joined = parts.length === 1 ? buffered : Buffer.concat(parts)
    buffered = joined.subarray(length)
    return joined.subarray(0, length)
  }

  for (;;) {
    const header = await take(blockSize)
    if (header.every((byte) => byte === 0)) break
    const { name, size } = readHeader(header)
    const data = await take(size)
    await take(paddingOf(size))
    yield { name, data }
  }
  const rest = await take(blockSize)
  const { done } = buffered.length > 0 ? { done: false } : await bytes.next()
  if (!done || rest.some((byte) => byte !== 0)) throw notAnArchive()
}

function readHeader(header: Buffer): { name: string; size: number } {
  const isOurs =
    header.toString('latin1', at.magic, at.magic + 5) === 'ustar' &&
    header.toString('latin1', at.checksum, at.checksum + 8) === checksumOf(header)
  const digits = header.toString('latin1', at.size, at.size + 11)
  if (!isOurs || !/^[0-7]{11}$/.test(digits)) throw notAnArchive()
  const end = header.indexOf(0)
  const name = header.toString('utf8', 0, end < 0 ? nameSize : Math.min(end, nameSize))
  return { name, size: Number.parseInt(digits, 8) }
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksumOf(header: Buffer): string {
  let sum = 8 * 0x20
  for (const [index, byte] of header.entries()) {
    if (index < at.checksum || index >= at.checksum + 8) sum += byte
  }
  return `${sum.toString(8).padStart(6, '0')}\0 `
}

function paddingOf(length: number): number {
  return (blockSize - (length % blockSize)) % blockSize
}
