import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { requestSync } from '../wallet/request-sync.ts'
import { settleUnreadWallet } from './no-reading-key.ts'

/**
 * Asks for a sync of a wallet whose key was just stored. The key stands whatever comes of this: a queue that does
 * not answer is logged, and the wallet is due for its next sync at once. A wallet that no key may read says so.
 */
export async function startSync(o: { ctx: UserContext; walletId: string }): Promise<void> {
  const { services, actor } = o.ctx
  const { userId } = actor
  const { walletId } = o
  try {
    await requestSync({ ctx: o.ctx, input: { walletId } })
  } catch (error) {
    if (error instanceof ServiceError && error.reason === 'NO_READ_KEY') {
      await services.db.withUserSql(userId, (client) => settleUnreadWallet(client, { userId, walletId }))
      return
    }
    services.log.warn({ err: error, walletId }, 'could not ask for the first sync; it will be found due')
    await services.db.withUserSql(userId, (client) =>
      client.query('UPDATE wallets SET next_sync_at = now() WHERE user_id = $1 AND wallet_id = $2', [
        userId,
        walletId,
      ]),
    )
  }
}
