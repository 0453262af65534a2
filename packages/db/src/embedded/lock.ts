import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './error.ts'
import { processIdentity } from './process-identity.ts'

interface Owner {
  pid: number
  identity: string
}

/**
 * Takes the folder for this process. A lock whose process has ended, however it ended, is taken over.
 *
 * @returns a function that gives the folder free again.
 * @throws EmbeddedPostgresError `IN_USE`
 */
export function lockHome(home: string): () => void {
  const path = join(home, 'postgres.lock')
  const mine: Owner = { pid: process.pid, identity: processIdentity(process.pid) ?? '' }
  const draft = join(home, `postgres.lock.${randomUUID()}`)
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 })
  try {
    while (!tryLink(draft, path)) removeStale(path, home)
  } finally {
    rmSync(draft, { force: true })
  }
  let held = true
  return () => {
    // Once: by a second time it may be another's.
    if (held) rmSync(path, { force: true })
    held = false
  }
}

/** A hard link is made only when the name is free, and the file is whole from the first moment. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

function removeStale(path: string, home: string): void {
  const seen = readOwner(path)
  if (seen === 'free') return
  if (isLiving(seen)) throw inUse(home, seen)
  // Another process may have taken it over since it was read: look again at what was moved away.
  const aside = join(home, `postgres.lock.${randomUUID()}`)
  try {
    renameSync(path, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  const moved = readOwner(aside)
  if (isLiving(moved)) tryLink(aside, path)
  rmSync(aside, { force: true })
  if (isLiving(moved)) throw inUse(home, moved)
}

function readOwner(path: string): Owner | 'free' | 'unreadable' {
  try {
    const owner: Owner = JSON.parse(readFileSync(path, 'utf8'))
    return typeof owner.pid === 'number' && owner.pid > 0 ? owner : 'unreadable'
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'free' : 'unreadable'
  }
}

function isLiving(owner: Owner | 'free' | 'unreadable'): owner is Owner {
  return typeof owner === 'object' && processIdentity(owner.pid) === owner.identity
}

function inUse(home: string, owner: Owner): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'IN_USE',
    `The data folder ${home} is in use by another OpenTrade (process ${owner.pid}). Stop that one first, or give this one a folder of its own with OPENTRADE_HOME.`,
  )
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
