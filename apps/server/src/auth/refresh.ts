import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { User } from './schemas.ts'
export async function refreshSession(_: { ctx: PublicContext }): Promise<{ user: User }> {
  throw new ServiceError({ kind: 'unavailable', reason: 'NOT_BUILT', message: 'This part is being built.' })
}
