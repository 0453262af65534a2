import type { CredentialField, CredentialName, Credentials } from '@opentrade/exchange'
import { ServiceError } from '../errors.ts'

/**
 * What names an account at an exchange, the best first. Mostly the API key; exchanges without one have another.
 * The last are secrets themselves: a fingerprint may be made of them, a hint may not.
 */
const IDENTIFIERS: readonly CredentialName[] = [
  'apiKey',
  'walletAddress',
  'login',
  'uid',
  'accountId',
  'token',
  'privateKey',
  'secret',
]

/**
 * Checks what the person pasted against what the exchange asks for, and strips the white space around it.
 * @throws ServiceError `CREDENTIALS_INVALID` with a sentence for each field, such as `credentials.secret`; none
 * repeats a value
 */
export function readCredentials(o: {
  required: readonly CredentialField[]
  given: Credentials
}): Credentials {
  const fields: Record<string, string> = {}
  const credentials: Credentials = {}
  for (const field of o.required) {
    const value = (o.given[field.name] ?? '').trim()
    const problem = value ? characterProblem(field, value) : `${field.label} is missing.`
    if (problem) fields[`credentials.${field.name}`] = problem
    credentials[field.name] = value
  }
  const known = new Set<string>(o.required.map((field) => field.name))
  for (const [name, value] of Object.entries(o.given)) {
    if (value?.trim() && !known.has(name))
      fields[`credentials.${name}`] = 'This exchange does not ask for it.'
  }

  const [message] = Object.values(fields)
  if (message) throw new ServiceError({ kind: 'invalid', reason: 'CREDENTIALS_INVALID', message, fields })
  return credentials
}

function characterProblem(field: CredentialField, value: string): string | null {
  const allowed = field.multiline ? value.replaceAll(/\r?\n/g, '') : value
  // Cs: half a character, which cannot be sent anywhere.
  if (!/[\p{Cc}\p{Cs}]/u.test(allowed)) return null
  return field.multiline
    ? `${field.label} holds characters that no key has; copy it again.`
    : `${field.label} must be one line without control characters; copy it again.`
}

/** The part of the credentials that names the account: what the blind index is made of. */
export function identifierOf(credentials: Credentials): string {
  const name = IDENTIFIERS.find((candidate) => credentials[candidate])
  if (!name) throw new TypeError('Credentials without any part that names the account.')
  return `${name === 'apiKey' ? '' : `${name}:`}${credentials[name]}`
}

/**
 * The last four characters of what names the account, or fewer: never more than a quarter of it. Empty when the
 * account is named by a secret only.
 */
export function hintOf(credentials: Credentials, required: readonly CredentialField[]): string {
  const secrets = new Set(required.filter((field) => field.secret).map((field) => field.name))
  const name = IDENTIFIERS.find((candidate) => credentials[candidate])
  if (!name || secrets.has(name)) return ''
  const characters = [...(credentials[name] ?? '')]
  const shown = Math.min(4, Math.floor(characters.length / 4))
  return shown > 0 ? characters.slice(-shown).join('') : ''
}
