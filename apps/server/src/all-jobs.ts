import { checkDueKeysJob } from './api-key/check-due.job.ts'
import { checkKeyJob } from './api-key/check-key.job.ts'
import { forgetExpiredJob } from './auth/forget-expired.job.ts'
import { recordFailedSignInJob } from './auth/record-failed-sign-in.job.ts'
import { rotateSigningKeysJob } from './auth/rotate-signing-keys.job.ts'
import type { AnyJob } from './jobs.ts'
import { prepareSnapshotsJob } from './wallet/prepare-snapshots.job.ts'
import { syncDueJob } from './wallet/sync-due.job.ts'
import { syncWalletJob } from './wallet/sync-wallet.job.ts'

/** Every job that a worker runs. A domain adds its own here, one a line. */
export const allJobs: AnyJob[] = [
  checkDueKeysJob,
  checkKeyJob,
  forgetExpiredJob,
  recordFailedSignInJob,
  rotateSigningKeysJob,
  prepareSnapshotsJob,
  syncDueJob,
  syncWalletJob,
]
