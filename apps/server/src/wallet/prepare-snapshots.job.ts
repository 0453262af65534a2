import { ensureSnapshotPartitions } from '@opentrade/db'
import { z } from 'zod'
import { defineJob } from '../jobs.ts'

const TWELVE_HOURS = 12 * 3_600
/** This month's partition and the next two: none is missing even after weeks without a worker. */
const MONTHS = 3

/** Makes the partitions of the months to come, so that snapshots never gather in the default one. */
export const prepareSnapshotsJob = defineJob({
  name: 'wallet.prepare-snapshots',
  schema: z.object({}),
  everySeconds: () => TWELVE_HOURS,
  run: async ({ services }) => {
    await ensureSnapshotPartitions(services.db.scheduler, { from: services.now(), months: MONTHS })
  },
})
