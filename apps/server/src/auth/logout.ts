import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'

export async function logOut(_: { ctx: PublicContext }): Promise<{ ok: true }> {
  throw new ServiceError({ kind: 'unavailable', reason: 'NOT_BUILT', message: 'This part is being built.' })
}
