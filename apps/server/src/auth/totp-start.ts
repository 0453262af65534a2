import { uuidv7 } from '@opentrade/db'
import { renderSVG } from 'uqr'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { holdSession } from './held-user.ts'
import { createTotpSecret, otpauthUrl } from './totp.ts'
import { deleteTotp, FIRST_VERSION, totpPlace } from './totp-rows.ts'
import { findActiveUser } from './users.ts'

/** What an authenticator app is given, once. */
export interface StartedTotp {
  /** Base32, to be typed where no camera is. */
  secret: string
  /** What the QR code says. */
  otpauthUrl: string
  /** The QR code, an SVG of black and white squares. */
  qrSvg: string
}

/**
 * Makes a secret for an authenticator app. It counts once `confirmTotp` has seen a code of it; until then, one that is
 * there already goes on counting. A secret that was started before and not confirmed is forgotten.
 */
export async function startTotp({ ctx }: { ctx: UserContext }): Promise<StartedTotp> {
  const { services, actor } = ctx
  const { userId } = actor
  const factorId = uuidv7()
  const secret = createTotpSecret()
  const sealed = await services.vault.seal({
    row: totpPlace({ userId, factorId, secretVersion: FIRST_VERSION }),
    fields: { secret_encrypted: secret },
  })
  const user = await services.db.withUserSql(userId, async (client) => {
    // Two starts at once: the second waits here, and takes the place of the first.
    await holdSession(client, { ctx, stepUp: true })
    await deleteTotp(client, { services, userId, isConfirmed: false })
    await client.query(
      `INSERT INTO second_factors (user_id, factor_id, secret_encrypted, data_key_id, secret_version, created_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        ...[userId, factorId, sealed.fields.secret_encrypted, sealed.dataKeyId],
        ...[FIRST_VERSION, services.now()],
      ],
    )
    return findActiveUser(client, { userId })
  })
  if (!user) throw notFound('account')
  const url = otpauthUrl({ secret, account: user.email })
  return { secret, otpauthUrl: url, qrSvg: renderSVG(url, { ecc: 'M' }) }
}
