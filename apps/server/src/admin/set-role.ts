import { recordAct } from '../audit/record.ts'
import { endWhatRestsOn } from '../auth/end-what-rests-on.ts'
import type { UserContext } from '../context.ts'
import { publishEvent } from '../events.ts'
import { refuseLastAdmin } from '../user/last-admin.ts'
import type { SetRole } from './account-schemas.ts'
import { actOnUser } from './act-on-user.ts'

/**
 * Makes a person an administrator, or one no more. They have to sign in again: a session that somebody else found open
 * must not become an administrator's.
 * @throws ServiceError NOT_FOUND, LAST_ADMIN
 */
export async function setRole({ ctx, input }: { ctx: UserContext; input: SetRole }): Promise<{ ok: true }> {
  const { userId, role } = input
  await actOnUser({
    ctx,
    userId,
    action: 'admin.role-set',
    detail: { role },
    run: async (user, actor) => {
      const { client } = user
      if (role === 'user') {
        const message = 'This is the only administrator. Make somebody else one first.'
        await refuseLastAdmin(client, { userId, alone: 'stays', message })
      }
      const { rowCount } = await client.query(
        'UPDATE users SET role = $2, updated_at = now() WHERE user_id = $1 AND role <> $2',
        [userId, role],
      )
      if (!rowCount) return
      await endWhatRestsOn(user, {
        services: ctx.services,
        proofs: 'all',
        except: null,
        reason: 'role-changed',
      })
      // For what acts without a session: the tokens of programs.
      await publishEvent(client, { type: 'session-revoked', userId, sessionId: null })
      await recordAct(client, {
        actor: { userId, ...actor },
        action: 'user.role-changed',
        target: `user:${userId}`,
        detail: { role },
      })
    },
  })
  return { ok: true }
}
