import { getWalletJson } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { rawJson } from '../raw-json.ts'
import type { WalletReference } from './schemas.ts'
import type { Wallet } from './types.ts'

/** One wallet with its balances. Throws NOT_FOUND for an unknown id and for somebody else's alike. */
export async function getWallet({
  ctx,
  input,
}: {
  ctx: UserContext
  input: WalletReference
}): Promise<Wallet> {
  const { services, actor } = ctx
  const { userId } = actor
  const text = await getWalletJson(services.db.asUser(userId), { userId, walletId: input.walletId })
  if (text === null) throw notFound('wallet')
  return rawJson<Wallet>(text)
}
