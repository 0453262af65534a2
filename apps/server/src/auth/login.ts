import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { Login, User } from './schemas.ts'
export async function logIn(_: { ctx: PublicContext; input: Login }): Promise<{ user: User }> {
  throw new ServiceError({ kind: 'unavailable', reason: 'NOT_BUILT', message: 'This part is being built.' })
}
