import type { RequestInfo, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { isLoopback } from './identity-settings.ts'

/**
 * The origin that a provider sends browsers back to: that of PUBLIC_URL, or the page's own on this machine. What a
 * request says of any other host is not believed: codes would go where it says.
 * @throws ServiceError `IDENTITY_UNAVAILABLE` with what to do about it
 */
export function requireOwnOrigin(o: {
  services: Pick<Services, 'env'>
  request: Pick<RequestInfo, 'origin'>
}): string {
  const { publicUrl } = o.services.env
  if (publicUrl !== null) return publicUrl
  const { origin } = o.request
  if (URL.canParse(origin) && isLoopback(new URL(origin).hostname)) return new URL(origin).origin
  throw new ServiceError({
    kind: 'refused',
    reason: 'IDENTITY_UNAVAILABLE',
    message:
      'Signing in with an account elsewhere needs an address to come back to. Have the operator of this installation set PUBLIC_URL.',
  })
}
