import { constants, type Stats } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600

/** Writes a new file for its owner alone and flushes it to the disk. It fails when there is one of that name. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, OWNER_ONLY)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Replaces a file at once: whoever reads it, also after a power cut, sees the old text or the new one, whole. The
 * new one has the old one's owner and rights, or an administrator's command would lock the service out of its file.
 * @param o.draft a name in the same folder that nobody else uses
 */
export async function replaceDurably(o: {
  path: string
  draft: string
  text: string
  like: Stats
}): Promise<void> {
  try {
    await writeDurably(o.draft, o.text)
    await giveTo(o.draft, o.like)
    await rename(o.draft, o.path)
  } catch (error) {
    await rm(o.draft, { force: true })
    throw error
  }
  await flushFolder(dirname(o.path))
}

async function giveTo(path: string, like: Stats): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, constants.O_RDONLY)
  try {
    const own = await handle.stat()
    if (own.uid !== like.uid || own.gid !== like.gid) await handle.chown(like.uid, like.gid)
    await handle.chmod(like.mode & 0o777)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the new name itself survive a power cut. Windows cannot open a folder, and needs no such flush. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The system's code of an error, such as ENOENT. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
}
