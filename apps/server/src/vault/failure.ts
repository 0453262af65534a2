import { CryptoError } from '@opentrade/crypto'
import { ServiceError } from '../errors.ts'

/**
 * Runs what needs the root key provider. Whatever it fails with, the vault is closed for now: an error is never a
 * reason to make another key. The cause is for the log; it names the key id and the remedy.
 * @throws ServiceError `VAULT_UNAVAILABLE`
 */
export async function withRootKeys<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw new ServiceError({
      kind: 'unavailable',
      reason: 'VAULT_UNAVAILABLE',
      message:
        'Stored keys cannot be opened at the moment. Nothing is lost; an administrator finds the reason in the log.',
      cause,
    })
  }
}

const DAMAGES = new Set<string>(['RECORD_MALFORMED', 'RECORD_REFUSED', 'DATA_KEY_MISMATCH'])

/** A sealed field that does not open where it stands, as an answer for the person; anything else unchanged. */
export function asDamage(error: unknown): unknown {
  if (!(error instanceof CryptoError) || !DAMAGES.has(error.code)) return error
  return new ServiceError({
    kind: 'refused',
    reason: 'SECRET_DAMAGED',
    message: 'What is stored of this key was damaged or moved and does not open. Replace the key.',
    cause: error,
  })
}
