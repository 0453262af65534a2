import { checkDueKeysJob } from './api-key/check-due.job.ts'
import { checkKeyJob } from './api-key/check-key.job.ts'
import { finishSignUpJob } from './auth/finish-sign-up.job.ts'
import { forgetExpiredJob } from './auth/forget-expired.job.ts'
import { noticeSignInJob } from './auth/notice-sign-in.job.ts'
import { recordFailedSignInJob } from './auth/record-failed-sign-in.job.ts'
import { rotateSigningKeysJob } from './auth/rotate-signing-keys.job.ts'
import { sendPasswordResetJob } from './auth/send-password-reset.job.ts'
import { sendVerificationJob } from './auth/send-verification.job.ts'
import { sendInvitationJob } from './installation/send-invitation.job.ts'
import type { AnyJob } from './jobs.ts'
import { sendAccountNoticeJob } from './notice/account-notice.job.ts'
import { noticeExpiringKeyJob, noticeExpiringKeysJob } from './notice/key-expires.job.ts'
import { noticeInvalidKeyJob } from './notice/key-invalid.job.ts'
import { sendEmailChangeJob } from './user/send-email-change.job.ts'
import { sendRequiredResetJob } from './user/send-required-reset.job.ts'
import { rotateKeysJob } from './vault/rotate-keys.job.ts'
import { sweepKeysJob } from './vault/sweep-keys.job.ts'
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
  rotateKeysJob,
  sweepKeysJob,
  finishSignUpJob,
  noticeSignInJob,
  sendPasswordResetJob,
  sendVerificationJob,
  sendEmailChangeJob,
  sendRequiredResetJob,
  sendInvitationJob,
  sendAccountNoticeJob,
  noticeExpiringKeyJob,
  noticeExpiringKeysJob,
  noticeInvalidKeyJob,
]
