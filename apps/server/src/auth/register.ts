import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { Register, User } from './schemas.ts'
export async function registerUser(_: { ctx: PublicContext; input: Register }): Promise<{ user: User }> {
  throw new ServiceError({ kind: 'unavailable', reason: 'NOT_BUILT', message: 'This part is being built.' })
}
