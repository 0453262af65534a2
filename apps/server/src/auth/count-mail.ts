import type { PublicContext } from '../context.ts'

/**
 * Counts a request that makes us write to an address, whether or not it has an account.
 * @throws ServiceError TOO_MANY_ATTEMPTS
 */
export async function countMail({ ctx, email }: { ctx: PublicContext; email: string }): Promise<void> {
  const { services, request } = ctx
  const subjects = [
    { scope: 'mail-ip', subject: request.ip },
    { scope: 'mail-account', subject: email },
    { scope: 'mail-installation', subject: '' },
  ] as const
  for (const subject of subjects) await services.attempts.begin(subject)
}
