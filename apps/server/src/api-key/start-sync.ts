import type { UserContext } from '../context.ts'
import { requestSync } from '../wallet/request-sync.ts'

/**
 * Asks for a sync of a wallet whose key was just stored. The key stands whatever comes of this: a queue that does
 * not answer is logged, and the wallet is due for its next sync at once.
 */
export async function startSync(o: { ctx: UserContext; walletId: string }): Promise<void> {
  const { services, actor } = o.ctx
  try {
    await requestSync({ ctx: o.ctx, input: { walletId: o.walletId } })
  } catch (error) {
    services.log.warn(
      { err: error, walletId: o.walletId },
      'could not ask for the first sync; it will be found due',
    )
    await services.db.withUserSql(actor.userId, (client) =>
      client.query('UPDATE wallets SET next_sync_at = now() WHERE user_id = $1 AND wallet_id = $2', [
        actor.userId,
        o.walletId,
      ]),
    )
  }
}
