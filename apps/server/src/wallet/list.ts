import { listWalletsJson } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { rawJson } from '../raw-json.ts'
import type { Wallet } from './types.ts'

/** The person's wallets with all their balances, as PostgreSQL writes them: the hottest read of all. */
export async function listWallets({ ctx }: { ctx: UserContext }): Promise<Wallet[]> {
  const { services, actor } = ctx
  const { userId } = actor
  const text = await listWalletsJson(services.db.asUser(userId), { userId })
  return rawJson<Wallet[]>(text)
}
