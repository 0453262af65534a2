import type { UserContext } from '../context.ts'
import { readPasskeys, toPasskey } from './passkey-rows.ts'
import { countRecoveryCodes } from './recovery-codes.ts'
import type { SecondFactors } from './second-factor-schemas.ts'
import { findTotp } from './totp-rows.ts'

/** What the person has besides a password. */
export function listSecondFactors({ ctx }: { ctx: UserContext }): Promise<SecondFactors> {
  const { userId } = ctx.actor
  return ctx.services.db.withUserSql(userId, async (client) => {
    const totp = await findTotp(client, { userId, isConfirmed: true })
    const recoveryCodesLeft = await countRecoveryCodes(client, { userId })
    const passkeys = await readPasskeys(client, { userId })
    return {
      totp: { enabled: totp !== null, createdAt: totp?.createdAt.toISOString() ?? null },
      recoveryCodesLeft,
      passkeys: passkeys.map(toPasskey),
    }
  })
}
