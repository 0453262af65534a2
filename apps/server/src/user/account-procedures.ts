import { z } from 'zod'
import { stepUpProcedure, userProcedure } from '../trpc.ts'
import { changeEmail } from './change-email.ts'
import { changePassword } from './change-password.ts'
import { deactivateMe } from './deactivate.ts'
import { exportMine, exportMore } from './export.ts'
import { ChangeEmail, ChangePassword, ExportMore, UpdateProfile } from './schemas.ts'
import { updateProfile } from './update-profile.ts'

const Nothing = z.strictObject({}).optional()
const OK = '`{ ok: true }`'

/** What a person does with their own account. */
export const accountProcedures = {
  updateProfile: userProcedure
    .meta({
      summary: 'Keeps the names that are given; what is left out stays, an empty one is taken away.',
      returns: '`User`',
    })
    .input(UpdateProfile)
    .mutation(({ ctx, input }) => updateProfile({ ctx, input })),
  changePassword: stepUpProcedure
    .meta({
      summary:
        'Changes the password and ends the person’s other sessions, and their API tokens if asked to; a mail tells them. Refusals: `WRONG_PASSWORD`, `WEAK_PASSWORD`, `SAME_PASSWORD`, `NO_PASSWORD`, `CHANGED_MEANWHILE`, `TOO_MANY_ATTEMPTS`.',
      returns: OK,
    })
    .input(ChangePassword)
    .mutation(({ ctx, input }) => changePassword({ ctx, input })),
  changeEmail: stepUpProcedure
    .meta({
      summary:
        'Asks for another address: a link goes there, a word to the old one. Nothing changes until the link is used. Refusals: `SAME_EMAIL`, `TOO_MANY_ATTEMPTS`.',
      returns: OK,
    })
    .input(ChangeEmail)
    .mutation(({ ctx, input }) => changeEmail({ ctx, input })),
  deactivateMe: userProcedure
    .meta({
      summary:
        'Switches the account off and ends all its sessions; what is in it stays. A new password by mail, or an administrator, brings it back. Refusals: `LAST_ADMIN`.',
      returns: OK,
    })
    .input(Nothing)
    .mutation(({ ctx }) => deactivateMe({ ctx })),
  exportMine: userProcedure
    .meta({
      summary:
        'Everything that the person has here, but for secrets. Of snapshots and the audit log the newest 5,000: `more` names where `users.exportMore` goes on with each that is longer.',
      returns:
        '`{ exportedAt: Iso, profile, settings, identities, sessions, links, apiKeys, wallets, balances, snapshots, auditLog, …, more: { snapshots?, auditLog? } }`, each section a list',
    })
    .input(Nothing)
    .query(({ ctx }) => exportMine({ ctx })),
  exportMore: userProcedure
    .meta({
      summary: 'The next 5,000 rows, from new to old, of a list that `users.exportMine` has begun.',
      returns: '`{ rows, next }`; `next` is null after the last.',
    })
    .input(ExportMore)
    .query(({ ctx, input }) => exportMore({ ctx, input })),
}
