import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { EmbeddedPostgresError } from './error.ts'

interface SystemUser {
  uid: number
  gid: number
}

/** As whom PostgreSQL's programs run, and through what. */
export interface RunAs {
  /** Who owns the data. Null: the user of this process. */
  owner: SystemUser | null
  /** For spawn: empty when `prefix` changes the user itself. */
  spawnAs: Partial<SystemUser>
  /** Put in front of the command line. */
  prefix: string[]
}

/** Rights that let a process enter a folder whose mode would not: the narrower one first. */
const passingRights = ['dac_read_search', 'dac_override']

/**
 * PostgreSQL refuses to run as root. Started by root, it runs as the owner of its data, or as the system user
 * `postgres`, which is made when it is missing. Root's own folders (such as /root, or one of mktemp) are
 * closed to that user; then PostgreSQL gets the one Linux capability that lets it pass.
 *
 * @param home the folder that holds the data's folder
 * @param initdb the program that the user must be able to run, and to find `postgres` from
 * @throws EmbeddedPostgresError `NO_SYSTEM_USER` or `UNREACHABLE_FOLDER`
 */
export function chooseRunAs(o: {
  home: string
  dataFolder: string
  initdb: string
  log: (line: string) => void
}): RunAs {
  if (process.getuid?.() !== 0) return { owner: null, spawnAs: {}, prefix: [] }
  const user = ownerOf(o.dataFolder) ?? findSystemUser() ?? makeSystemUser()
  const ordinary: RunAs = { owner: user, spawnAs: user, prefix: [] }
  const closed = findClosed(ordinary, o)
  if (closed === undefined) return ordinary

  for (const right of passingRights) {
    const prefix = [
      'setpriv',
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      `--inh-caps=+${right}`,
      `--ambient-caps=+${right}`,
      // Else access(2), by which PostgreSQL's programs look for each other, heeds no rights of a user who is not root.
      '--securebits=+no_setuid_fixup',
      '--',
    ]
    // setpriv starts as root: it changes the user itself, and keeps the one right.
    const runAs: RunAs = { owner: user, spawnAs: {}, prefix }
    if (findClosed(runAs, o) !== undefined) continue
    o.log(
      `PostgreSQL may not reach ${closed} by itself and gets the right ${right} to do so. Move it to where every user may pass to do without.`,
    )
    return runAs
  }
  throw new EmbeddedPostgresError(
    'UNREACHABLE_FOLDER',
    `PostgreSQL does not run as root, and the user with id ${user.uid} that it runs as may not reach ${closed}. Start OpenTrade as an ordinary user, move it to where every user may pass, or set DATABASE_URL.`,
  )
}

function ownerOf(folder: string): SystemUser | null {
  if (!existsSync(folder)) return null
  const { uid, gid } = statSync(folder)
  return uid === 0 ? null : { uid, gid }
}

function findSystemUser(): SystemUser | null {
  const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const [uid, gid] = ids.map((result) => (result.status === 0 ? Number(result.stdout) : Number.NaN))
  return uid && gid ? { uid, gid } : null
}

function makeSystemUser(): SystemUser {
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      {
        stdio: 'pipe',
      },
    )
  } catch (error) {
    throw noSystemUser(error)
  }
  const user = findSystemUser()
  if (user === null) throw noSystemUser(undefined)
  return user
}

function noSystemUser(cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'NO_SYSTEM_USER',
    'PostgreSQL does not run as root, and the system user "postgres" could not be made. Make it (useradd --system postgres), start OpenTrade as an ordinary user, or set DATABASE_URL.',
    { cause },
  )
}

/** Returns what is closed to that user: the home, the program, or nothing. */
function findClosed(runAs: RunAs, o: { home: string; initdb: string }): string | undefined {
  if (!succeeds(runAs, ['sh', '-c', 'cd -- "$1"', 'sh', o.home])) return o.home
  // It makes nothing: it looks for what it would need and shows it.
  if (!succeeds(runAs, [o.initdb, '--show', `--pgdata=${o.home}/none`])) return o.initdb
  return undefined
}

function succeeds(runAs: RunAs, commandLine: string[]): boolean {
  const [command = '', ...args] = [...runAs.prefix, ...commandLine]
  return spawnSync(command, args, { ...runAs.spawnAs, stdio: 'ignore', cwd: '/' }).status === 0
}
