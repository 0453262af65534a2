import { passwordProblem } from '@opentrade/crypto'
import { ServiceError } from '../errors.ts'

/** @throws ServiceError WEAK_PASSWORD with the reason beside `field` */
export function refuseWeakPassword(o: {
  email: string
  password: string
  hasSecondFactor: boolean
  /** What the input calls it. */
  field: 'password' | 'newPassword'
}): void {
  const problem = passwordProblem(o)
  if (!problem) return
  throw new ServiceError({
    kind: 'invalid',
    reason: 'WEAK_PASSWORD',
    message: problem.message,
    fields: { [o.field]: problem.message },
  })
}
