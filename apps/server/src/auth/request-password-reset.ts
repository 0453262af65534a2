import type { PublicContext } from '../context.ts'
import { countMail } from './count-mail.ts'
import type { RequestPasswordReset } from './schemas.ts'
import { sendPasswordResetJob } from './send-password-reset.job.ts'

/**
 * Sends a link to choose a new password to an address, if it has an account. Whether it has is looked up by a job: the
 * answer is the same, and takes the same time.
 * @throws ServiceError TOO_MANY_ATTEMPTS, whether or not the address has an account
 */
export async function requestPasswordReset(o: {
  ctx: PublicContext
  input: RequestPasswordReset
}): Promise<{ ok: true }> {
  const { ctx, input } = o
  await countMail({ ctx, email: input.email })
  await ctx.services.jobs.add(sendPasswordResetJob, { email: input.email, ip: ctx.request.ip })
  return { ok: true }
}
