import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { User } from './schemas.ts'
export async function whoAmI(_: { ctx: PublicContext }): Promise<{ user: User | null }> {
  throw new ServiceError({ kind: 'unavailable', reason: 'NOT_BUILT', message: 'This part is being built.' })
}
