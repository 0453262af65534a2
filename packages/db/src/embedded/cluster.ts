import { randomBytes, randomUUID } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { PostgresBinaries } from './binaries.ts'
import { EmbeddedPostgresError } from './error.ts'
import { runProgram } from './program.ts'
import type { RunAs } from './run-as.ts'

/** The database role that owns the cluster. */
export const superuser = 'opentrade'

const draftPrefix = 'postgres.new-'

/**
 * Makes the data folder <home>/postgres when there is none. It is made under another name and renamed when
 * it is whole, so that no crash leaves half of one.
 *
 * @returns the password of the superuser.
 * @throws EmbeddedPostgresError
 */
export async function ensureCluster(o: {
  home: string
  dataFolder: string
  binaries: PostgresBinaries
  runAs: RunAs
  durable: boolean
}): Promise<string> {
  removeDrafts(o.home)
  if (isCluster(o)) return await ensurePassword(o)

  const password = writePassword(o.home)
  const draft = join(o.home, `${draftPrefix}${randomUUID()}`)
  const passwordFile = `${draft}.password`
  mkdirSync(draft, { mode: 0o700 })
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  giveTo(o.runAs, [draft, passwordFile])
  try {
    await runProgram(o.runAs, [
      o.binaries.initdb,
      `--pgdata=${draft}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Built in, the same on every system: text sorts by code point and an upgrade of the system's
      // libraries never spoils an index.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      '--no-instructions',
      ...(o.durable ? [] : ['--no-sync']),
    ])
    renameSync(draft, o.dataFolder)
  } finally {
    removeDrafts(o.home)
  }
  return password
}

/** What an earlier start left half made. */
function removeDrafts(home: string): void {
  for (const name of readdirSync(home)) {
    if (name.startsWith(draftPrefix)) rmSync(join(home, name), { recursive: true, force: true })
  }
}

function isCluster(o: { dataFolder: string; binaries: PostgresBinaries }): boolean {
  const versionFile = join(o.dataFolder, 'PG_VERSION')
  try {
    if (!existsSync(o.dataFolder) || readdirSync(o.dataFolder).length === 0) return false
    const version = readFileSync(versionFile, 'utf8').trim()
    if (version === o.binaries.majorVersion) return true
    throw new EmbeddedPostgresError(
      'WRONG_VERSION',
      `The data in ${o.dataFolder} was made by PostgreSQL ${version}, and this version of OpenTrade brings PostgreSQL ${o.binaries.majorVersion}, which cannot read it. With the version of OpenTrade that you ran before, make a backup (opentrade admin backup); then restore it with this one (opentrade admin restore --replace). docs/backups.md has the steps. Nothing was changed.`,
    )
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      'NOT_A_DATA_FOLDER',
      `${o.dataFolder} holds something other than PostgreSQL's data, or belongs to another user. Move it away, start OpenTrade as the user that owns it, or choose another folder with OPENTRADE_HOME.`,
      { cause: error },
    )
  }
}

function passwordPath(home: string): string {
  return join(home, 'postgres-password')
}

function writePassword(home: string): string {
  const password = randomBytes(24).toString('base64url')
  writeFileSync(passwordPath(home), `${password}\n`, { mode: 0o600 })
  return password
}

/** Reads the password, or sets a new one when its file was lost: who owns the folder may do so. */
async function ensurePassword(o: {
  home: string
  dataFolder: string
  binaries: PostgresBinaries
  runAs: RunAs
}): Promise<string> {
  const path = passwordPath(o.home)
  const known = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  if (known !== '') return known
  const password = randomBytes(24).toString('base64url')
  await runProgram(
    o.runAs,
    [o.binaries.postgres, '--single', '-D', o.dataFolder, 'postgres'],
    `ALTER ROLE ${superuser} PASSWORD '${password}'\n`,
  )
  writeFileSync(path, `${password}\n`, { mode: 0o600 })
  return password
}

function giveTo(runAs: RunAs, paths: string[]): void {
  if (runAs.owner === null) return
  for (const path of paths) chownSync(path, runAs.owner.uid, runAs.owner.gid)
}
