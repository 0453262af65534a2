import { listWalletsJson } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { rawJson } from '../raw-json.ts'
import type { Wallet } from './types.ts'

/** The person's wallets with all their balances, as PostgreSQL writes them: the hottest read of all. */
export async function listWallets({ ctx }: { ctx: UserContext }): Promise<Wallet[]> {
  const { services, actor } = ctx
  const text = await services.db.withUserSql(actor.userId, (client) =>
    listWalletsJson(client, { userId: actor.userId }),
  )
  return rawJson<Wallet[]>(text)
}
