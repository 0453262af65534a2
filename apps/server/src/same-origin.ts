import type { IncomingHttpHeaders } from 'node:http'
import { readBearer } from './bearer.ts'
import { isSecureOrigin } from './host-name.ts'
import type { Refusal } from './http-errors.ts'

interface Caller {
  headers: IncomingHttpHeaders
  /** The origins that are ours: the configured one, or the one by which this request came. */
  ownOrigin: string
  hasSessionCookie: boolean
}

const CROSS_ORIGIN: Refusal = {
  status: 403,
  reason: 'CROSS_ORIGIN',
  message: 'This request did not come from a page of this installation, so it was refused.',
}

const INSECURE_ADDRESS: Refusal = {
  status: 403,
  reason: 'INSECURE_ADDRESS',
  message:
    'Nobody can sign in at this address, since browsers keep a session over https only. Open OpenTrade at its https:// address, or as http://localhost on the computer it runs on (from another one, through "ssh -L").',
}

const JSON_ONLY: Refusal = {
  status: 415,
  reason: 'JSON_ONLY',
  message: 'Send the body as application/json.',
}

/**
 * Refuses a POST from an address where no browser keeps our cookies, before anything is done for it: an account that
 * was made there would have nobody signed in. The page says where it is (`Origin`); else our own address counts.
 * @returns why not, or null, also for a page of another site
 */
export function refuseInsecurePost({ headers, ownOrigin, hasSessionCookie }: Caller): Refusal | null {
  if (readBearer(headers.authorization) !== null && !hasSessionCookie) return null
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined && site !== 'same-origin') return null
  const place = origin !== undefined && URL.canParse(origin) ? origin : ownOrigin
  return isSecureOrigin(place) ? null : INSECURE_ADDRESS
}

/**
 * Refuses a POST that another site's page may have made with this person's cookies. Browsers send
 * `Sec-Fetch-Site`, older ones `Origin`; what sends neither is a program, and may not use cookies then.
 * A program that carries its token itself, and no cookie, cannot be misled.
 * @returns why not, or null
 */
export function refuseForeignPost({ headers, ownOrigin, hasSessionCookie }: Caller): Refusal | null {
  if (!isJson(headers['content-type'])) return JSON_ONLY
  if (readBearer(headers.authorization) !== null && !hasSessionCookie) return null
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? null : CROSS_ORIGIN
  if (headers.origin !== undefined) return headers.origin === ownOrigin ? null : CROSS_ORIGIN
  return hasSessionCookie ? CROSS_ORIGIN : null
}

/**
 * Refuses a GET that another site's page has made, or led a browser to: it changes nothing, but an export that is
 * noted in the log, and work, are not another site's to ask for. What says nothing of where it comes from is a
 * program, or a browser that sends no `Origin` to its own site.
 * @returns why not, or null
 */
export function refuseForeignGet({ headers, ownOrigin, hasSessionCookie }: Caller): Refusal | null {
  if (readBearer(headers.authorization) !== null && !hasSessionCookie) return null
  const site = headers['sec-fetch-site']
  // `none`: the person has typed the address.
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? null : CROSS_ORIGIN
  return headers.origin === undefined || headers.origin === ownOrigin ? null : CROSS_ORIGIN
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}
