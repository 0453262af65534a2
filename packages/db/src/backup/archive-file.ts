import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BackupError } from './error.ts'

/**
 * Writes a file that appears under its name only when it is whole and on the disk, readable by its owner
 * alone. An existing file is never replaced, and nothing stays of one that failed.
 *
 * @throws BackupError `FILE_EXISTS`, `NO_FOLDER` or `NOT_WRITTEN`; whatever `write` throws
 */
export async function createArchiveFile<T>(o: {
  path: string
  write: (file: FileHandle) => Promise<T>
}): Promise<T> {
  const { path } = o
  if (await exists(path)) throw fileExists(path)
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`)
  const file = await openDraft(draft, path)
  const removeDraft = () => rmSync(draft, { force: true })
  process.once('exit', removeDraft)
  try {
    const result = await writeTo(file, o.write)
    await publish(draft, path)
    return result
  } catch (error) {
    throw isOfDisk(error) ? notWritten(path, error) : error
  } finally {
    await rm(draft, { force: true })
    process.off('exit', removeDraft)
  }
}

async function writeTo<T>(file: FileHandle, write: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const result = await write(file)
    await file.sync()
    return result
  } finally {
    await file.close()
  }
}

async function openDraft(draft: string, path: string): Promise<FileHandle> {
  try {
    return await open(draft, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw notWritten(path, error)
    throw new BackupError(
      'NO_FOLDER',
      `There is no folder ${dirname(path)} to write the backup to. Make it first.`,
      {
        cause: error,
      },
    )
  }
}

/** A link is made only where the name is free; where the file system has none, look and rename. */
async function publish(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw fileExists(path)
    if (await exists(path)) throw fileExists(path)
    await rename(draft, path)
  }
  await syncFolder(dirname(path))
}

/** Makes a new or moved name in this folder survive a crash of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  // Not every system opens a folder, or syncs one.
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

function fileExists(path: string): BackupError {
  return new BackupError(
    'FILE_EXISTS',
    `${path} already exists and is not overwritten. Choose another name with --to.`,
  )
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than it may be',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reported an error',
}

function isOfDisk(error: unknown): boolean {
  return Object.hasOwn(reasons, codeOf(error))
}

function notWritten(path: string, cause: unknown): BackupError {
  const reason = reasons[codeOf(cause)] ?? String(cause)
  return new BackupError(
    'NOT_WRITTEN',
    `The backup could not be written to ${path}: ${reason}. Nothing was left there. Choose another place with --to.`,
    { cause },
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
