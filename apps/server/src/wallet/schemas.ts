import { z } from 'zod'

const WalletId = z.uuid('This is not the id of a wallet.')

/** Names one wallet of the person who asks. */
export const WalletReference = z.object({ walletId: WalletId })
export type WalletReference = z.infer<typeof WalletReference>

export const HistoryRange = z.enum(['24h', '7d', '30d', '90d', '1y', 'all'], {
  error: 'Choose one of 24h, 7d, 30d, 90d, 1y and all.',
})
export type HistoryRange = z.infer<typeof HistoryRange>

/** Without `walletId`: all wallets together. */
export const ReadHistory = z.object({ walletId: WalletId.optional(), range: HistoryRange })
export type ReadHistory = z.infer<typeof ReadHistory>

/** `lastEventId` is what a client that was cut off sends by itself when it comes back. */
export const WatchSyncs = z.object({ lastEventId: z.string().max(64).optional() }).optional()
export type WatchSyncs = z.infer<typeof WatchSyncs>
