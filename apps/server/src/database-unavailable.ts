import { databaseFailure } from '@opentrade/db'
import { ServiceError } from './errors.ts'

/** A database that restarts or fails over is usually back within seconds. */
const BACK_WITHIN_MS = 3_000
/** Somebody has to make room first. */
const ROOM_WITHIN_MS = 30_000

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])

/**
 * What to answer when the database, or the disk, could not do its part of a call: 503 with the time to try again.
 * @param error what a verb threw, as it is
 * @returns null for any other error, and for those that are an answer already
 */
export function asUnavailable(error: unknown, now = new Date()): ServiceError | null {
  if (error instanceof ServiceError) return null
  const failure = isDiskFull(error) ? 'disk-full' : databaseFailure(error)
  if (failure === null) return null
  if (failure === 'disk-full') {
    return new ServiceError({
      kind: 'unavailable',
      reason: 'DISK_FULL',
      message: 'The disk is full, so nothing can be saved. An administrator needs to free up space.',
      retryAt: new Date(now.getTime() + ROOM_WITHIN_MS),
      cause: error,
    })
  }
  return new ServiceError({
    kind: 'unavailable',
    reason: 'DATABASE_UNAVAILABLE',
    message: 'The database is not responding. Try again in a few seconds.',
    retryAt: new Date(now.getTime() + BACK_WITHIN_MS),
    cause: error,
  })
}

/** Whether a file could not be written, or a statement not be run, for want of space. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' && NO_SPACE.has(code)) return true
  return databaseFailure(error) === 'disk-full' || isDiskFull(cause)
}
