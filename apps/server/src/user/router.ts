import { ownIdentities } from '../auth/identity-procedures.ts'
import { router, stepUpProcedure } from '../trpc.ts'
import { accountProcedures } from './account-procedures.ts'
import { deleteUser } from './delete-user.ts'
import { DeleteMe } from './schemas.ts'

export const userRouter = router({
  ...ownIdentities,
  ...accountProcedures,
  deleteMe: stepUpProcedure
    .meta({
      summary:
        'Deletes the account and everything in it: keys, wallets, history, settings, audit log. All its sessions end. An account without a password is deleted by the confirmation alone. Refusals: `CONFIRMATION_WRONG`, `PASSWORD_NEEDED`, `WRONG_PASSWORD`, `LAST_ADMIN`, `TOO_MANY_ATTEMPTS`.',
      returns: '`{ ok: true }`.',
    })
    .input(DeleteMe)
    .mutation(({ ctx, input }) => deleteUser({ ctx, input })),
})
