import { readArchive } from './archive.ts'
import { createTally, type Tally } from './copy-rows.ts'
import {
  type ArchivedTable,
  folderOf,
  type Manifest,
  manifestName,
  notAnArchive,
  parseManifest,
  parseSummary,
  summaryName,
  type TableSummary,
} from './manifest.ts'
import { checkSeal, damaged } from './seal.ts'
import type { Entry } from './tar.ts'

/** What an archive that is whole holds. */
export interface BackupContents {
  manifest: Manifest
  tables: TableSummary[]
}

/** Takes a table's rows, part by part, in the order of the manifest. */
export type RowSink = (o: { table: ArchivedTable; part: Buffer }) => Promise<void>

/**
 * Reads a whole archive: its seal, then every row, and compares each table's hash and count with what was
 * noted when it was written.
 *
 * @throws BackupError `NOT_AN_ARCHIVE`, `DAMAGED` or `NEWER_ARCHIVE`
 */
export async function verifyBackup(path: string): Promise<BackupContents> {
  return await readBackup({ path })
}

/** The same, and hands everything on: first the manifest, then the rows. */
export async function readBackup(o: {
  path: string
  onManifest?: (manifest: Manifest) => Promise<void>
  onRows?: RowSink
}): Promise<BackupContents> {
  const length = await checkSeal(o.path)
  const entries = readArchive({ path: o.path, length })
  try {
    const first = await entries.next()
    if (first.done || first.value.name !== manifestName) throw notAnArchive()
    const manifest = parseManifest(first.value.data)
    await o.onManifest?.(manifest)
    return { manifest, tables: await readRows({ entries, manifest, onRows: o.onRows }) }
  } finally {
    await entries.return(undefined)
  }
}

async function readRows(o: {
  entries: AsyncGenerator<Entry>
  manifest: Manifest
  onRows: RowSink | undefined
}): Promise<TableSummary[]> {
  const tables = new Map(o.manifest.tables.map((table) => [folderOf(table), table]))
  const tallies = new Map<string, Tally>([...tables.keys()].map((folder) => [folder, createTally()]))
  let summary: TableSummary[] | null = null
  for await (const { name, data } of o.entries) {
    // Nothing comes behind the last entry.
    if (summary !== null) throw damaged()
    if (name === summaryName) {
      summary = parseSummary(data).tables
      continue
    }
    const folder = name.slice(0, name.lastIndexOf('/'))
    const table = tables.get(folder)
    if (table === undefined) throw damaged()
    tallies.get(folder)?.add(data)
    await o.onRows?.({ table, part: data })
  }
  const found = o.manifest.tables.map((table) => ({
    schema: table.schema,
    name: table.name,
    ...(tallies.get(folderOf(table)) ?? createTally()).result(),
  }))
  if (summary === null || JSON.stringify(found) !== JSON.stringify(summary)) throw damaged()
  return found
}
