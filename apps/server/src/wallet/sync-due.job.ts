import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { syncDueWallets } from './sync-due.ts'

/** How often due wallets are looked for. Also how soon a sync that was cut off is found, once its lease is over. */
const EVERY_SECONDS = 5

/** Finds the wallets whose time has come and asks for their syncs. */
export const syncDueJob = defineJob({
  name: 'wallet.sync-due',
  schema: z.object({}),
  everySeconds: () => EVERY_SECONDS,
  run: ({ services, signal }) => syncDueWallets({ services, signal }),
})
