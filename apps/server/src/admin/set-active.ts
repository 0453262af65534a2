import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { deactivate } from '../user/deactivate.ts'
import { refuseLastAdmin } from '../user/last-admin.ts'
import type { SetActive } from './account-schemas.ts'
import { actOnUser } from './act-on-user.ts'

/**
 * Switches a person's account off, which ends their sessions, or on again.
 * @throws ServiceError NOT_FOUND, LAST_ADMIN
 */
export async function setActive({
  ctx,
  input,
}: {
  ctx: UserContext
  input: SetActive
}): Promise<{ ok: true }> {
  const { userId, isActive } = input
  await actOnUser({
    ctx,
    userId,
    action: isActive ? 'admin.user-activated' : 'admin.user-deactivated',
    run: async (user, actor) => {
      const { client } = user
      if (!isActive) {
        const message = 'This is the only administrator. Make somebody else one first.'
        await refuseLastAdmin(client, { userId, alone: 'stays', message })
        return deactivate(user, { by: 'admin', actor, services: ctx.services })
      }
      const { rowCount } = await client.query(
        `UPDATE users SET is_active = true, deactivated_by = NULL, updated_at = now()
         WHERE user_id = $1 AND NOT is_active`,
        [userId],
      )
      if (!rowCount) return
      await recordAct(client, {
        actor: { userId, ...actor },
        action: 'user.activated',
        target: `user:${userId}`,
        detail: { by: 'admin' },
      })
    },
  })
  return { ok: true }
}
