import { ServiceError } from '../errors.ts'

/** The answer for every link that opens nothing: made up, used, replaced by a newer one, or too old. */
export function linkRefused(): ServiceError {
  const message = 'This link is not good any more. Links work once and for a limited time: ask for a new one.'
  return new ServiceError({ kind: 'refused', reason: 'LINK_REFUSED', message, fields: { token: message } })
}
