import { createTestClient, type TestClient } from '../apps/server/src/testing/test-client.ts'
import type { RouterOutputs } from '../packages/client/src/index.ts'
import { poll } from './poll.ts'

export type Wallet = RouterOutputs['wallets']['get']

/** A person whose paper wallet has been read once. */
export interface PaperWallet {
  client: TestClient
  userId: string
  walletId: string
  /** As it was after the first sync. */
  synced: Wallet
}

/** Signs a new person up, connects the paper exchange and waits for the first sync. */
export async function openPaperWallet(url: string): Promise<PaperWallet> {
  const client = createTestClient(url)
  const { userId } = await client.signUp()
  return { userId, ...(await connectPaper(client)) }
}

/** Connects the paper exchange for the person who is signed in and waits for the first sync. */
export async function connectPaper(client: TestClient): Promise<Omit<PaperWallet, 'userId'>> {
  const { walletId } = await client.mutateData<{ walletId: string }>('paper.open', {})
  const synced = await walletThat({ client, walletId, what: 'a first sync', holds: isUpToDate })
  return { client, walletId, synced }
}

/** Read, and nothing under way or wrong. */
export function isUpToDate(wallet: Wallet): boolean {
  return wallet.syncStatus === 'idle' && wallet.syncError === null && wallet.lastUpdated !== null
}

/** The wallet as soon as `holds` is true of it. */
export function walletThat(o: {
  client: TestClient
  walletId: string
  what: string
  holds: (wallet: Wallet) => boolean
  withinMs?: number
}): Promise<Wallet> {
  const { client, walletId, what, holds, withinMs = 20_000 } = o
  let last = 'no answer'
  return poll({
    what,
    withinMs,
    async look() {
      const { data, error } = await client.query<Wallet>('wallets.get', { walletId })
      const { syncStatus, syncStep, syncError } = data ?? {}
      last = JSON.stringify(error ?? { syncStatus, syncStep, syncError })
      return data && holds(data) ? data : null
    },
  }).catch((cause) => {
    throw new Error(`There was no wallet with ${what}. Last: ${last}`, { cause })
  })
}
