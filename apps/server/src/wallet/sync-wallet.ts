import type { UserContext } from '../context.ts'
import type { WalletReference } from './schemas.ts'

/** Brings one wallet up to date: what it holds, what that is worth, and a snapshot of both. */
export async function syncWallet({
  input,
}: {
  ctx: UserContext
  input: WalletReference
  signal: AbortSignal
}): Promise<void> {
  throw new Error(`Wallet ${input.walletId} cannot be synced yet.`)
}
