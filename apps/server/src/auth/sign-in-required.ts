import { ServiceError } from '../errors.ts'

/** Nobody is signed in, or their session has ended. */
export function signInRequired(): ServiceError {
  return new ServiceError({
    kind: 'unauthenticated',
    reason: 'SIGN_IN_REQUIRED',
    message: 'Sign in to go on.',
  })
}

/** What somebody gets who is signed in and no administrator. */
export function adminOnly(): ServiceError {
  return new ServiceError({
    kind: 'forbidden',
    reason: 'ADMIN_ONLY',
    message: 'Only an administrator of this installation may do this.',
  })
}
