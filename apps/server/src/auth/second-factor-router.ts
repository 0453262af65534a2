import { z } from 'zod'
import { router, stepUpProcedure, userProcedure } from '../trpc.ts'
import { deletePasskey } from './passkey-delete.ts'
import { finishPasskey } from './passkey-finish.ts'
import { renamePasskey } from './passkey-rename.ts'
import { startPasskey } from './passkey-start.ts'
import { renewRecoveryCodes } from './recovery-codes-renew.ts'
import { listSecondFactors } from './second-factor-list.ts'
import { ConfirmTotp, FinishPasskey, OnePasskey, RenamePasskey } from './second-factor-schemas.ts'
import { confirmTotp } from './totp-confirm.ts'
import { disableTotp } from './totp-disable.ts'
import { startTotp } from './totp-start.ts'

const Nothing = z.strictObject({}).optional()
const ONE_PASSKEY = '{ passkeyId, name, createdAt, lastUsedAt }'

export const secondFactorRouter = router({
  list: userProcedure
    .meta({
      summary: 'What the person has besides a password.',
      returns: `\`{ totp: { enabled, createdAt }, recoveryCodesLeft, passkeys: [${ONE_PASSKEY}] }\`.`,
    })
    .input(Nothing)
    .query(({ ctx }) => listSecondFactors({ ctx })),
  totpStart: stepUpProcedure
    .meta({
      summary:
        'Makes a secret for an authenticator app, shown this once. It counts from `totpConfirm` on, which must follow within 15 minutes.',
      returns: '`{ secret, otpauthUrl, qrSvg }`.',
    })
    .input(Nothing)
    .mutation(({ ctx }) => startTotp({ ctx })),
  totpConfirm: userProcedure
    .meta({
      summary:
        'Makes the started secret count, by a first code of it, in the place of an older one. Refusals: `TOTP_NOT_STARTED`, `WRONG_CODE`, `TOO_MANY_ATTEMPTS`.',
      returns: '`{ recoveryCodes }`: ten, shown this once; older ones are worth nothing any more.',
    })
    .input(ConfirmTotp)
    .mutation(({ ctx, input }) => confirmTotp({ ctx, input })),
  totpDisable: stepUpProcedure
    .meta({
      summary:
        'Forgets the authenticator app. With the last second factor the recovery codes go, too. Refusals: `NOT_FOUND`.',
      returns: '`{ ok: true }`.',
    })
    .input(Nothing)
    .mutation(({ ctx }) => disableTotp({ ctx })),
  newRecoveryCodes: stepUpProcedure
    .meta({
      summary: 'Replaces the recovery codes. Refusals: `NO_SECOND_FACTOR`.',
      returns: '`{ recoveryCodes }`: ten, shown this once.',
    })
    .input(Nothing)
    .mutation(({ ctx }) => renewRecoveryCodes({ ctx })),
  passkeyStart: stepUpProcedure
    .meta({
      summary:
        'What the browser is to make a passkey with, within 5 minutes. Refusals: `PASSKEYS_UNAVAILABLE`, `TOO_MANY_PASSKEYS`.',
      returns: '`{ options: PublicKeyCredentialCreationOptionsJSON }`.',
    })
    .input(Nothing)
    .mutation(({ ctx }) => startPasskey({ ctx })),
  passkeyFinish: userProcedure
    .meta({
      summary:
        'Keeps the passkey that was made: it signs in alone, and a password needs a second factor from then on. Refusals: `CHALLENGE_ENDED`, `PASSKEY_REFUSED`, `PASSKEY_KNOWN`, `TOO_MANY_PASSKEYS`.',
      returns: `\`{ passkey: ${ONE_PASSKEY}, recoveryCodes }\`: ten codes, shown this once, when none were left; else null.`,
    })
    .input(FinishPasskey)
    .mutation(({ ctx, input }) => finishPasskey({ ctx, input })),
  passkeyRename: userProcedure
    .meta({ summary: 'Gives a passkey another name. Refusals: `NOT_FOUND`.', returns: `\`${ONE_PASSKEY}\`.` })
    .input(RenamePasskey)
    .mutation(({ ctx, input }) => renamePasskey({ ctx, input })),
  passkeyDelete: stepUpProcedure
    .meta({
      summary:
        'Forgets a passkey. With the last second factor the recovery codes go, too. Refusals: `NOT_FOUND`, `LAST_SIGN_IN`.',
      returns: '`{ ok: true }`.',
    })
    .input(OnePasskey)
    .mutation(({ ctx, input }) => deletePasskey({ ctx, input })),
})
