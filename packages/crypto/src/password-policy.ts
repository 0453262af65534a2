import { isCommonPassword } from './common-password.ts'
import { hasLoneSurrogate } from './encoding.ts'
import { MAX_PASSWORD_LENGTH, normalizePassword } from './password.ts'

/** Fewest characters of a password that stands alone, and of one that a second factor supports. */
export const MIN_PASSWORD_LENGTH = { alone: 15, withSecondFactor: 8 }

const PRODUCT = 'opentrade'
const MIN_LOCAL_PART = 4

/** Why a password is refused. */
export interface PasswordProblem {
  code:
    | 'PASSWORD_MALFORMED'
    | 'PASSWORD_TOO_SHORT'
    | 'PASSWORD_TOO_LONG'
    | 'PASSWORD_CONTAINS_EMAIL'
    | 'PASSWORD_CONTAINS_PRODUCT'
    | 'PASSWORD_COMMON'
  /** A sentence for the person. */
  message: string
}

/**
 * What is wrong with a new password, or null. The rules of NIST SP 800-63B (3.1.1): length, and not easily guessed;
 * any character is allowed and none is demanded. Lengths count code points after normalisation.
 */
export function passwordProblem(o: {
  password: string
  email: string
  hasSecondFactor: boolean
}): PasswordProblem | null {
  const password = normalizePassword(o.password)
  if (hasLoneSurrogate(password)) {
    return { code: 'PASSWORD_MALFORMED', message: 'The password has characters that are not valid text.' }
  }
  const length = [...password].length
  const least = o.hasSecondFactor ? MIN_PASSWORD_LENGTH.withSecondFactor : MIN_PASSWORD_LENGTH.alone
  if (length < least) {
    return {
      code: 'PASSWORD_TOO_SHORT',
      message: `Use at least ${least} characters; a few unrelated words do well.`,
    }
  }
  if (length > MAX_PASSWORD_LENGTH) {
    return { code: 'PASSWORD_TOO_LONG', message: `Use at most ${MAX_PASSWORD_LENGTH} characters.` }
  }
  return guessableProblem(password.toLowerCase(), o.email.normalize('NFKC').toLowerCase())
}

function guessableProblem(password: string, email: string): PasswordProblem | null {
  if (containsEmail(password, email)) {
    return { code: 'PASSWORD_CONTAINS_EMAIL', message: 'Leave your e-mail address out of the password.' }
  }
  if (password.includes(PRODUCT)) {
    return { code: 'PASSWORD_CONTAINS_PRODUCT', message: 'Leave the name OpenTrade out of the password.' }
  }
  if (isCommonPassword(password)) {
    return {
      code: 'PASSWORD_COMMON',
      message: 'This password is among the first that an attacker tries; choose another.',
    }
  }
  return null
}

/** A local part of up to three characters would forbid too much by chance; the whole address still counts. */
function containsEmail(password: string, email: string): boolean {
  if (email === '') return false
  const localPart = email.slice(0, Math.max(email.lastIndexOf('@'), 0))
  const untagged = localPart.replace(/\+.*$/, '')
  const named = [email, localPart, untagged].filter((part) => part.length >= MIN_LOCAL_PART)
  return named.some((part) => password.includes(part))
}
