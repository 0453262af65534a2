import { queueWalletSync } from '@opentrade/db'
import { noReadingKey } from '../api-key/no-reading-key.ts'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { publishEvent } from '../events.ts'
import { QUEUE_LEASE_SECONDS } from './lease.ts'
import type { WalletReference } from './schemas.ts'
import { syncWalletJob, syncWalletKey } from './sync-wallet.job.ts'

/**
 * Asks for a sync of one wallet, soon. A sync that is waiting or running already is joined.
 *
 * Should the process die between the two writes, the wallet is due again when its lease has lapsed.
 * @returns whether one was under way already
 * @throws ServiceError NOT_FOUND for a wallet that is not the person's, NO_KEY if it has no API key, NO_READ_KEY if it
 *   has one that trades only
 */
export async function requestSync({
  ctx,
  input,
}: {
  ctx: UserContext
  input: WalletReference
}): Promise<{ walletId: string; joined: boolean }> {
  const { services, actor } = ctx
  const { userId } = actor
  const { walletId } = input
  const outcome = await services.db.withUserSql(userId, async (client) => {
    const result = await queueWalletSync(client, { userId, walletId, leaseSeconds: QUEUE_LEASE_SECONDS })
    if (result === 'queued') await publishEvent(client, { type: 'wallet', userId, walletId })
    return result
  })
  if (outcome === 'unknown') throw notFound('wallet')
  if (outcome === 'no-key') {
    throw new ServiceError({
      kind: 'conflict',
      reason: 'NO_KEY',
      message: 'This wallet has no API key any more. Connect the exchange again to sync it.',
    })
  }
  if (outcome === 'trade-key-only') throw noReadingKey()
  if (outcome === 'joined') return { walletId, joined: true }
  await services.jobs.add(
    syncWalletJob,
    { userId, walletId },
    { key: syncWalletKey(walletId), maxAttempts: 1 },
  )
  return { walletId, joined: false }
}
