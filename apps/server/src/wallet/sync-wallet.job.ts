import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { syncWallet } from './sync-wallet.ts'

const JOB_NAME = 'wallet.sync'

/** Reads a wallet's balances from its exchange and values them. */
export const syncWalletJob = defineJob({
  name: JOB_NAME,
  schema: z.object({ userId: z.uuid(), walletId: z.uuid() }),
  run: async ({ services, payload, signal }) => {
    const { userId, walletId } = payload
    const actor = { userId, role: 'user', name: `job:${JOB_NAME}`, sessionId: null, ip: null } as const
    await syncWallet({ ctx: { services, actor }, input: { walletId }, signal })
  },
})

/** Requests for the same wallet share a place in the queue. */
export function syncWalletKey(walletId: string): string {
  return `${JOB_NAME}:${walletId}`
}
