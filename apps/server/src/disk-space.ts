import { statfs } from 'node:fs/promises'
import type { Services } from './context.ts'

/** With less than this, PostgreSQL may fail at any moment: it writes its log of changes in pieces of 16 MB. */
const TOO_LITTLE_BYTES = 16_000_000

/** Why nothing, or not everything, can be written to the disk, in sentences for the operator; none when it can. */
export async function diskProblems({ env, logFile }: Pick<Services, 'env' | 'logFile'>): Promise<string[]> {
  const problems: string[] = []
  if (!logFile.writable()) problems.push('The log cannot be written, and some of its lines may be lost.')
  if (await isFull(env.home))
    problems.push('The disk is full. Free up space; everything then continues by itself.')
  return problems
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
