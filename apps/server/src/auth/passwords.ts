import { PasswordQueueFullError } from '@opentrade/crypto'
import { ServiceError } from '../errors.ts'

/**
 * Runs password work, which waits in a bounded queue.
 * @throws ServiceError BUSY when too many wait already
 */
export async function inPasswordQueue<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (cause) {
    if (!(cause instanceof PasswordQueueFullError)) throw cause
    throw new ServiceError({
      kind: 'unavailable',
      reason: 'BUSY',
      message: 'Too many people are signing in at this moment. Try again in a few seconds.',
      cause,
    })
  }
}
