import { statfs } from 'node:fs/promises'
import type { Services } from './context.ts'

/** With less than this, PostgreSQL may fail at any moment: it writes its log of changes in pieces of 16 MB. */
const TOO_LITTLE_BYTES = 16_000_000

/** Why lines of the log may be lost, in a sentence for the operator; null while it can be written. */
export function logProblem({ logFile }: Pick<Services, 'logFile'>): string | null {
  return logFile.writable() ? null : 'The log cannot be written, and some of its lines may be lost.'
}

/** Why nothing can be stored for want of space, in a sentence for the operator; null while there is some. */
export async function fullDisk({ env }: Pick<Services, 'env'>): Promise<string | null> {
  const isFullNow = await isFull(env.home)
  return isFullNow ? 'The disk is full. Free up space; everything then continues by itself.' : null
}

async function isFull(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize < TOO_LITTLE_BYTES
  } catch {
    // Not made yet, or on a system that does not say.
    return false
  }
}
