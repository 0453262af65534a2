import { existsSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BackupContents, BackupReport, Progress, RestoreReport } from '@opentrade/db/backup'
import type { Command } from 'commander'
import { databaseFromEnv, homeFromEnv, rootKeyFileFromEnv } from '../env.ts'
import { CommandError, EXIT } from '../failure.ts'
import { printJson } from '../output.ts'

interface HomeOption {
  home?: string
}

/** `admin backup`, `admin verify-backup` and `admin restore`: on the machine of the installation, without its API. */
export function addBackupCommands(admin: Command): void {
  addBackUpCommand(admin)
  addVerifyCommand(admin)
  addRestoreCommand(admin)
}

function addBackUpCommand(admin: Command): void {
  admin
    .command('backup')
    .description('write the database to one file, while OpenTrade is running; to be run on its machine')
    .option('--home <folder>', 'the data folder (default: OPENTRADE_HOME, or .opentrade in the checkout)')
    .option('--to <path>', 'the file, or the folder, to write to (default: backups in the data folder)')
    .action(async (options: HomeOption & { to?: string }, command: Command) => {
      const { backUpDatabase, backUpHome } = await import('@opentrade/db/backup')
      const source = sourceOf(options)
      const path = await pathOf({ to: options.to, ...source })
      const json = isJson(command)
      const startedAt = performance.now()
      const report = await withSentences(() => {
        const shared = { path, onProgress: progressPrinter(json) }
        return source.url === null
          ? backUpHome({ home: source.home, ...shared })
          : backUpDatabase({ url: source.url, ...shared })
      })
      const seconds = secondsSince(startedAt)
      if (json) printJson({ ...summaryOf(report), path: report.path, size: report.size, seconds })
      else printBackup({ report, seconds, rootKeyFile: rootKeyFileOf(source.home) })
    })
}

function addVerifyCommand(admin: Command): void {
  admin
    .command('verify-backup')
    .description('read a whole backup and tell whether it is complete and unchanged')
    .argument('<file>', 'what `admin backup` wrote')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { verifyBackup } = await import('@opentrade/db/backup')
      const path = resolve(file)
      const contents = await withSentences(() => verifyBackup(path))
      if (isJson(command)) printJson({ path, ...summaryOf(contents) })
      else console.log(`${path} is complete. ${describe(contents)}`)
    })
}

function addRestoreCommand(admin: Command): void {
  admin
    .command('restore')
    .description('put a backup into an empty data folder or database; OpenTrade must not be running on it')
    .argument('<file>', 'what `admin backup` wrote')
    .option('--home <folder>', 'the data folder (default: OPENTRADE_HOME, or .opentrade in the checkout)')
    .option('--replace', 'move the database that is in the data folder aside first')
    .action(async (file: string, options: HomeOption & { replace?: boolean }, command: Command) => {
      const { restoreDatabase, restoreHome } = await import('@opentrade/db/backup')
      const { home, url } = sourceOf(options)
      if (url !== null && options.replace) {
        throw new CommandError(
          '--replace is for the embedded database. On a server of your own, make a new database and name it in DATABASE_URL.',
          EXIT.usage,
        )
      }
      const json = isJson(command)
      const startedAt = performance.now()
      const { report, replaced } = await withSentences(async () => {
        const shared = { path: resolve(file), onProgress: progressPrinter(json) }
        if (url !== null)
          return { report: await restoreDatabase({ ownerUrl: url, ...shared }), replaced: null }
        const restored = await restoreHome({ home, replace: Boolean(options.replace), ...shared })
        return { report: restored, replaced: restored.replaced }
      }).finally(endSoon)
      const seconds = secondsSince(startedAt)
      const to = url === null ? home : null
      if (json) printJson({ ...summaryOf(report), home: to, replaced, skipped: report.skipped, seconds })
      else printRestored({ report, home: to, replaced, seconds, rootKeyFile: rootKeyFileOf(home) })
    })
}

/** The embedded database of a home, unless the environment names one of the operator's own. */
function sourceOf(options: HomeOption): { home: string; url: string | null } {
  if (options.home !== undefined) return { home: resolve(options.home), url: null }
  return { home: homeFromEnv, url: databaseFromEnv ?? null }
}

function rootKeyFileOf(home: string): string {
  return rootKeyFileFromEnv ?? join(home, 'root-key.json')
}

async function pathOf(o: { to: string | undefined; home: string; url: string | null }): Promise<string> {
  const time = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  const name = `opentrade-backup-${time}Z.tar.gz`
  if (o.to !== undefined) {
    const to = resolve(o.to)
    return existsSync(to) && statSync(to).isDirectory() ? join(to, name) : to
  }
  const folder = join(o.home, 'backups')
  // Not in a folder without a database, which is for the backup itself to say.
  if (o.url !== null || existsSync(join(o.home, 'postgres')))
    await mkdir(folder, { recursive: true, mode: 0o700 })
  return join(folder, name)
}

function isJson(command: Command): boolean {
  return Boolean(command.optsWithGlobals<{ json?: boolean }>().json)
}

const SAID_BY_MS = 200

/** Ends this process when all is said: the engine that applied migrations leaves a timer of ten seconds behind. */
function endSoon(): void {
  setTimeout(() => process.exit(), SAID_BY_MS).unref()
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 100) / 10
}

/** Errors of the database package whose message is for the operator. */
const PLAIN = new Set(['BackupError', 'EmbeddedPostgresError', 'MigrationError'])
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'ECONNRESET', '57P03'])
const REFUSED = new Set(['28P01', '28000', '3D000', '42501'])

async function withSentences<T>(run: () => Promise<T>): Promise<T> {
  // An orderly exit, at which what is half written is removed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(EXIT.fault))
  try {
    return await run()
  } catch (error) {
    throw toCommandError(error)
  }
}

function toCommandError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (PLAIN.has(error.name)) return new CommandError(error.message, EXIT.refused)
  const first = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  if (UNREACHABLE.has(code)) {
    return new CommandError(
      `The database does not answer (${code}). Start it, or correct its address.`,
      EXIT.unavailable,
    )
  }
  if (REFUSED.has(code)) {
    return new CommandError(
      `The database refuses the connection (${code}). Check the name, the role and the password in DATABASE_OWNER_URL or DATABASE_URL.`,
      EXIT.refused,
    )
  }
  return error
}

const FIRST_REPORT_MS = 3_000
const REPORT_EVERY_MS = 3_000

/** Tells on standard error how far it is, when it takes a while. */
function progressPrinter(quiet: boolean): (progress: Progress) => void {
  let next = performance.now() + FIRST_REPORT_MS
  return ({ table, rows }) => {
    const now = performance.now()
    if (quiet || now < next) return
    next = now + REPORT_EVERY_MS
    console.error(`${table}: ${count(rows)} rows so far`)
  }
}

function summaryOf({ manifest, tables }: BackupContents) {
  const { takenAt, opentradeVersion, postgresVersion, rootKeys } = manifest
  return { takenAt, opentradeVersion, postgresVersion, rootKeys, tables: tables.length, rows: rowsOf(tables) }
}

function rowsOf(tables: BackupContents['tables']): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0)
}

function describe({ manifest, tables }: BackupContents): string {
  const { takenAt, opentradeVersion, postgresVersion } = manifest
  return `${tables.length} tables, ${count(rowsOf(tables))} rows, taken at ${takenAt} by OpenTrade ${opentradeVersion} from PostgreSQL ${postgresVersion}.`
}

function printBackup(o: { report: BackupReport; seconds: number; rootKeyFile: string }): void {
  const { report, seconds, rootKeyFile } = o
  console.log(`Backup written to ${report.path} (${sizeOf(report.size)} in ${seconds} s).`)
  console.log(describe(report))
  console.log(
    `The root key is not in it. Without the root key, the stored exchange keys cannot be opened after a restore. ${whereRootKeysAre({ contents: report, rootKeyFile })}`,
  )
  console.log(
    'Copy the backup to another machine, and keep the root key apart from it: together they open everything.',
  )
}

function whereRootKeysAre(o: { contents: BackupContents; rootKeyFile: string }): string {
  const { rootKeys } = o.contents.manifest
  const others = rootKeys.filter(({ provider }) => provider !== 'file')
  const sentences = others.map(
    ({ provider, rootKeyId }) => `Keep "${rootKeyId}" of the provider ${provider}.`,
  )
  const isFile = others.length < rootKeys.length || rootKeys.length === 0
  return [...(isFile ? [`Keep a copy of ${o.rootKeyFile}.`] : []), ...sentences].join(' ')
}

function printRestored(o: {
  report: RestoreReport
  home: string | null
  replaced: string | null
  seconds: number
  rootKeyFile: string
}): void {
  const { report, home, replaced } = o
  console.log(
    `Restored to ${home ?? 'the database of DATABASE_OWNER_URL or DATABASE_URL'} in ${o.seconds} s.`,
  )
  console.log(describe(report))
  if (replaced !== null) console.log(`The database that was there is now in ${replaced}.`)
  for (const name of report.skipped)
    console.error(`${name} was not restored: it is not a table of OpenTrade.`)
  const needsFile = report.manifest.rootKeys.some(({ provider }) => provider === 'file')
  if (needsFile && !existsSync(o.rootKeyFile)) {
    console.log(`Put the root key that belongs to it at ${o.rootKeyFile}, then start OpenTrade.`)
  } else {
    console.log('Start OpenTrade with the root key that belongs to it.')
  }
}

function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
