import { z } from 'zod'
import { readSignUpMode } from '../installation/sign-up-mode.ts'
import { publicProcedure, userProcedure } from '../trpc.ts'
import { confirmEmailChange } from './confirm-email-change.ts'
import { inspectPasswordReset } from './inspect-password-reset.ts'
import { requestEmailVerification } from './request-email-verification.ts'
import { requestPasswordReset } from './request-password-reset.ts'
import { resetPassword } from './reset-password.ts'
import { RequestPasswordReset, ResetPassword, ShowToken } from './schemas.ts'
import { verifyEmail } from './verify-email.ts'

const Nothing = z.strictObject({}).optional()
const OK = '`{ ok: true }`'

/** What has to do with mails and their links. Each link is used by a mutation: looking at it uses nothing up. */
export const mailProcedures = {
  signUpMode: publicProcedure
    .meta({
      summary: 'Says who may sign up: everybody, whoever has an invitation, or nobody.',
      returns: "`{ mode: 'open' | 'invitation' | 'closed' }`",
    })
    .input(Nothing)
    .query(async ({ ctx }) => ({ mode: await readSignUpMode(ctx.services.db.pool) })),
  requestPasswordReset: publicProcedure
    .meta({
      summary:
        'Sends a link to choose a new password, good for 30 minutes, if the address has an account: the answer does not say. Refusals: `TOO_MANY_ATTEMPTS`.',
      returns: OK,
    })
    .input(RequestPasswordReset)
    .mutation(({ ctx, input }) => requestPasswordReset({ ctx, input })),
  inspectPasswordReset: publicProcedure
    .meta({
      summary: 'Says what a reset by this link ends, without using the link up.',
      returns:
        '`{ isValid, apiTokens }`: whether the link still works, and how many API tokens have not expired.',
    })
    .input(ShowToken)
    .mutation(({ ctx, input }) => inspectPasswordReset({ ctx, input })),
  resetPassword: publicProcedure
    .meta({
      summary:
        'Sets a new password by the link of a mail. Ends every session and, unless told otherwise, every API token; keeps second factors, signs nobody in. Refusals: `LINK_REFUSED`, `WEAK_PASSWORD`.',
      returns: OK,
    })
    .input(ResetPassword)
    .mutation(({ ctx, input }) => resetPassword({ ctx, input })),
  requestEmailVerification: userProcedure
    .meta({
      summary:
        'Sends the person a link that confirms their address, good for 24 hours, unless it is confirmed.',
      returns: OK,
    })
    .input(Nothing)
    .mutation(({ ctx }) => requestEmailVerification({ ctx })),
  verifyEmail: publicProcedure
    .meta({
      summary:
        'Uses the link of a mail: confirms an address, or makes the account that was signed up for. Signs nobody in. Refusals: `LINK_REFUSED`, `INVITATION_REFUSED`.',
      returns: OK,
    })
    .input(ShowToken)
    .mutation(({ ctx, input }) => verifyEmail({ ctx, input })),
  confirmEmailChange: publicProcedure
    .meta({
      summary: 'Moves an account to the address that the link was sent to. Refusals: `LINK_REFUSED`.',
      returns: OK,
    })
    .input(ShowToken)
    .mutation(({ ctx, input }) => confirmEmailChange({ ctx, input })),
}
