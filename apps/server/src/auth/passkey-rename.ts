import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { type PasskeyRow, toPasskey } from './passkey-rows.ts'
import { recordSecondFactorChange } from './second-factor-change.ts'
import type { Passkey, RenamePasskey } from './second-factor-schemas.ts'

/**
 * Gives a passkey another name.
 * @throws ServiceError `NOT_FOUND`
 */
export async function renamePasskey(o: { ctx: UserContext; input: RenamePasskey }): Promise<Passkey> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const row = await services.db.withUserSql(actor.userId, async (client) => {
    const { rows } = await client.query<PasskeyRow>(
      `UPDATE passkeys SET name = $3 WHERE user_id = $1 AND passkey_id = $2
       RETURNING passkey_id AS "passkeyId", name, created_at AS "createdAt", last_used_at AS "lastUsedAt"`,
      [actor.userId, input.passkeyId, input.name],
    )
    const [renamed] = rows
    if (!renamed) throw notFound('passkey')
    await recordSecondFactorChange(client, {
      ctx,
      action: 'second-factor.passkey-renamed',
      target: `passkey:${renamed.passkeyId}`,
      detail: { name: renamed.name },
    })
    return renamed
  })
  return toPasskey(row)
}
