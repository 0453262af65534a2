import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { quoted, quotedWithColumns } from './catalogue.ts'
import type { ArchivedTable, TableSummary } from './manifest.ts'

/** Rows are handed over in parts of about this size, each of whole rows. */
const partSize = 1024 * 1024
const newline = 0x0a

/** Counts and hashes a table's data as it passes. */
export interface Tally {
  /** Returns how many rows the part has. */
  add(part: Buffer): number
  result(): Pick<TableSummary, 'rows' | 'bytes' | 'sha256'>
}

/** Starts to count the rows of a table and to hash them. */
export function createTally(): Tally {
  const hash = createHash('sha256')
  let rows = 0
  let bytes = 0
  return {
    add(part) {
      hash.update(part)
      bytes += part.length
      let added = 0
      // COPY escapes a line break inside a value: each byte of this kind ends a row.
      for (let at = part.indexOf(newline); at >= 0; at = part.indexOf(newline, at + 1)) added += 1
      rows += added
      return added
    },
    result: () => ({ rows, bytes, sha256: hash.digest('hex') }),
  }
}

/** Reads a table's rows in PostgreSQL's text format (COPY), part by part. */
export async function* copyOut(client: pg.Client, table: ArchivedTable): AsyncGenerator<Buffer> {
  const columns = table.columns.map((name) => client.escapeIdentifier(name)).join(', ')
  // As a query: COPY of a name alone leaves out the rows of partitions.
  const text = `COPY (SELECT ${columns} FROM ${quoted(client, table)}) TO STDOUT`
  let kept: Buffer[] = []
  let size = 0
  for await (const data of client.query(copyTo(text))) {
    // A stream without encoding gives buffers.
    const part = data as Buffer
    kept.push(part)
    size += part.length
    const end = size < partSize ? -1 : part.lastIndexOf(newline)
    if (end < 0) continue
    const rest = part.subarray(end + 1)
    yield Buffer.concat([...kept.slice(0, -1), part.subarray(0, end + 1)])
    kept = [rest]
    size = rest.length
  }
  if (size > 0) yield Buffer.concat(kept)
}

/** Writes rows in the format of `copyOut` and returns how many there were. */
export async function copyIn(o: { client: pg.Client; table: ArchivedTable; part: Buffer }): Promise<number> {
  const { client, table, part } = o
  const stream = client.query(copyFrom(`COPY ${quotedWithColumns(client, table)} FROM STDIN`))
  await pipeline(Readable.from([part]), stream)
  return stream.rowCount
}
