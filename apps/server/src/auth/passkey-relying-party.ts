import type { RequestInfo, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'

/** For whom passkeys are made: browsers use them on pages of this origin alone. */
export interface RelyingParty {
  /** The domain, without a port. */
  id: string
  origin: string
}

/**
 * The relying party of this installation: that of PUBLIC_URL, or the page's own on localhost. What a request says of
 * any other host is not believed. Null: there is none, since WebAuthn knows domains and no IP addresses.
 */
export function relyingPartyOf(o: {
  services: Pick<Services, 'env'>
  request: Pick<RequestInfo, 'origin'>
}): RelyingParty | null {
  const { publicUrl } = o.services.env
  const origin = publicUrl ?? o.request.origin
  if (!URL.canParse(origin)) return null
  const { hostname: id } = new URL(origin)
  if (isAddress(id) || (publicUrl === null && !isLocalhost(id))) return null
  return { id, origin }
}

/** @throws ServiceError `PASSKEYS_UNAVAILABLE` with what to do about it */
export function requireRelyingParty(o: Parameters<typeof relyingPartyOf>[0]): RelyingParty {
  const party = relyingPartyOf(o)
  if (party) return party
  throw new ServiceError({
    kind: 'refused',
    reason: 'PASSKEYS_UNAVAILABLE',
    message:
      'Passkeys need a domain. Open this installation as http://localhost, or have its operator set PUBLIC_URL to its domain.',
  })
}

function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

/** URLs write every form of an IPv4 address with dots, and IPv6 in brackets. */
function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)
}
