import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { REFRESH_COOKIE } from './cookie-names.ts'
import type { User } from './schemas.ts'
import { findActiveUser, toUser } from './users.ts'

/**
 * Who is signed in; null for nobody.
 * @throws ServiceError SIGN_IN_REQUIRED when the access token ran out but a refresh may bring a new one
 */
export async function whoAmI({ ctx }: { ctx: PublicContext }): Promise<{ user: User | null }> {
  const { actor, services, request } = ctx
  if (!actor) {
    const token = request.cookie(REFRESH_COOKIE)
    if (token === null || !services.refreshTokens.read(token)) return { user: null }
    throw new ServiceError({
      kind: 'unauthenticated',
      reason: 'SIGN_IN_REQUIRED',
      message: 'Your session needs to be refreshed.',
    })
  }
  const { userId } = actor
  const row = await services.db.withUserSql(userId, (client) => findActiveUser(client, { userId }))
  return { user: row && toUser(row) }
}
