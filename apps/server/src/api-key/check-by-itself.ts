import type { Logger } from 'pino'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { noteVaultFailure } from '../vault/note-failure.ts'
import { checkApiKey } from './check.ts'
import { markUnanswered } from './mark.ts'
import type { OneApiKey } from './schemas.ts'

/**
 * Checks a key when nobody waits for the answer: what may pass is logged and tried again later, and a key that is
 * gone needs no check any more.
 * @throws what is a fault of ours
 */
export async function checkKeyByItself(o: {
  ctx: UserContext
  input: OneApiKey
  log: Logger
}): Promise<void> {
  const { ctx, input, log } = o
  const { apiKeyId } = input
  try {
    await checkApiKey({ ctx, input })
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.reason === 'NOT_FOUND') return
    noteVaultFailure({ log: ctx.services.log, error, of: { apiKeyId } })
    log.info(
      { apiKeyId, reason: error.reason, exchangeCode: error.exchangeCode },
      'A key could not be checked',
    )
    await markUnanswered({ ctx, key: { apiKeyId }, error })
  }
}
