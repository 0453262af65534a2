import type pg from 'pg'
import { ServiceError } from '../errors.ts'

/**
 * Refuses to take away the only administrator who can act. Two at once wait for each other in `roles_besides`: the
 * second one stays.
 * @param o.alone whether a person without anybody else may go, too
 * @throws ServiceError LAST_ADMIN
 */
export async function refuseLastAdmin(
  client: pg.PoolClient,
  o: { userId: string; alone: 'may-go' | 'stays'; message: string },
): Promise<void> {
  const { rows: others } = await client.query<{ role: string; isActive: boolean }>(
    'SELECT role, is_active AS "isActive" FROM roles_besides($1)',
    [o.userId],
  )
  const { rows } = await client.query<{ isAdmin: boolean }>(
    `SELECT role = 'admin' AND is_active AS "isAdmin" FROM users WHERE user_id = $1`,
    [o.userId],
  )
  if (!rows[0]?.isAdmin) return
  if (others.length === 0 && o.alone === 'may-go') return
  if (others.some((other) => other.role === 'admin' && other.isActive)) return
  throw new ServiceError({ kind: 'conflict', reason: 'LAST_ADMIN', message: o.message })
}
