import { BackupError } from './error.ts'

/** The version of the archive's format that this code writes and reads. */
export const archiveFormat = 1

/** The names of the first and the last entry of an archive. */
export const manifestName = 'manifest.json'
export const summaryName = 'summary.json'

/** A table as the archive holds it. A partitioned table is one, with the rows of all its partitions. */
export interface ArchivedTable {
  schema: string
  name: string
  /** Those that are stored; generated columns are computed again. */
  columns: string[]
  /** Names of its partitions. */
  partitions: string[]
}

/** What the first entry says: everything that is known before the rows are read. */
export interface Manifest {
  format: number
  opentradeVersion: string
  postgresVersion: string
  takenAt: string
  deploymentId: string | null
  /** The migrations of `prisma/migrations` that the database had, in order. */
  migrations: string[]
  /** The newest migration of the job queue's own tables; null when it has none. */
  queueMigration: number | null
  /** The root keys without which what is sealed cannot be opened. */
  rootKeys: { provider: string; rootKeyId: string }[]
  tables: ArchivedTable[]
  /** Read after the snapshot was taken: a value that a row of it has is never handed out again. */
  sequences: { schema: string; name: string; lastValue: string; isCalled: boolean }[]
}

/** What one table's data came to. */
export interface TableSummary {
  schema: string
  name: string
  rows: number
  bytes: number
  /** Of the table's data as COPY wrote it, in hex. */
  sha256: string
}

/** What the last entry says. An archive without it is not whole. */
export interface Summary {
  tables: TableSummary[]
}

/** The folder of a table's data inside the archive. */
export function folderOf({ schema, name }: { schema: string; name: string }): string {
  return `tables/${schema}.${name}`
}

/**
 * Reads the first entry.
 * @throws BackupError `NEWER_ARCHIVE` for a format that came later, `NOT_AN_ARCHIVE`
 */
export function parseManifest(data: Buffer): Manifest {
  const parsed = parseJson(data)
  const format = typeof parsed === 'object' && parsed !== null && 'format' in parsed ? parsed.format : null
  if (typeof format === 'number' && format > archiveFormat) {
    throw new BackupError(
      'NEWER_ARCHIVE',
      `The backup has format ${format}, and this version of OpenTrade reads up to ${archiveFormat}. Restore it with the version that made it, or a later one.`,
    )
  }
  if (format !== archiveFormat) throw notAnArchive()
  // The archive is sealed, so it says what we wrote: the format tells its shape.
  return parsed as Manifest
}

/** Reads the last entry. */
export function parseSummary(data: Buffer): Summary {
  // Of the shape that the format in the manifest tells.
  return parseJson(data) as Summary
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'))
  } catch (error) {
    throw notAnArchive(error)
  }
}

/** The refusal of a file that is no backup of ours. */
export function notAnArchive(cause?: unknown): BackupError {
  return new BackupError(
    'NOT_AN_ARCHIVE',
    'The file is not a backup of OpenTrade. Name a file that `opentrade admin backup` wrote.',
    { cause },
  )
}
