import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lockHome } from '../embedded/lock.ts'
import { stopOrphan } from '../embedded/orphan.ts'
import { startEmbeddedPostgres } from '../embedded/start.ts'
import { syncFolder } from './archive-file.ts'
import type { Progress } from './back-up-database.ts'
import { BackupError } from './error.ts'
import { databaseFiles } from './home.ts'
import type { BackupContents } from './read-backup.ts'
import { fillDatabase, type RestoreReport, readRestorable } from './restore-database.ts'

/** A home whose database was restored. */
export interface RestoreHomeReport extends RestoreReport {
  /** Where the database that was there before is now; null when there was none. */
  replaced: string | null
}

const draftPrefix = 'restore.new-'

/**
 * Restores an archive as the embedded database of a home that has none, or in the place of the one that it
 * has, which is moved aside. It is made in a folder of its own and moved to its place when it is whole. The
 * root key of the home stays as it is.
 *
 * @throws BackupError; EmbeddedPostgresError `IN_USE` while OpenTrade is running on this home
 */
export async function restoreHome(o: {
  home: string
  path: string
  /** Moves a database that is there aside instead of refusing. */
  replace: boolean
  onProgress?: (progress: Progress) => void
  /** False for data that may be lost in a crash of the machine, such as a test's. */
  durable?: boolean
}): Promise<RestoreHomeReport> {
  const contents = await readRestorable(o.path)
  await mkdir(o.home, { recursive: true })
  const home = realpathSync(o.home)
  const unlock = lockHome(home)
  try {
    if (!o.replace) assertFree(home)
    await removeDrafts(home)
    const draft = join(home, `${draftPrefix}${randomUUID()}`)
    try {
      const report = await fillDraft({ ...o, contents, draft })
      return { ...report, replaced: await moveIntoPlace({ home, draft }) }
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  } finally {
    unlock()
  }
}

function assertFree(home: string): void {
  if (!existsSync(join(home, 'postgres'))) return
  throw new BackupError(
    'NOT_EMPTY',
    `There is a database in ${home} already. Restore into another folder with --home, or add --replace: the database is then moved aside, not deleted.`,
  )
}

/** What an earlier restore that was killed left half made. */
async function removeDrafts(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(draftPrefix)) continue
    await stopOrphan(join(home, name, 'postgres'))
    await rm(join(home, name), { recursive: true, force: true })
  }
}

async function fillDraft(o: {
  draft: string
  path: string
  contents: BackupContents
  onProgress?: (progress: Progress) => void
  durable?: boolean
}): Promise<RestoreReport> {
  const { durable = true } = o
  const server = await startEmbeddedPostgres({ home: o.draft, durable })
  try {
    return await fillDatabase({ ...o, ownerUrl: server.roleUrls.owner })
  } finally {
    await server.stop()
  }
}

/** The data come last: until then a start finds no database, and passwords alone are no harm. */
async function moveIntoPlace(o: { home: string; draft: string }): Promise<string | null> {
  const replaced = existsSync(join(o.home, 'postgres')) ? await moveAside(o.home) : null
  for (const name of databaseFiles) await rename(join(o.draft, name), join(o.home, name))
  await syncFolder(o.home)
  return replaced
}

async function moveAside(home: string): Promise<string> {
  await stopOrphan(join(home, 'postgres'))
  const folder = join(home, `replaced-${new Date().toISOString().replaceAll(':', '-')}`)
  await mkdir(folder, { mode: 0o711 })
  for (const name of [...databaseFiles].reverse()) {
    if (existsSync(join(home, name))) await rename(join(home, name), join(folder, name))
  }
  return folder
}
