import { MAX_PASSWORD_LENGTH, normalizePassword } from '@opentrade/crypto'
import { z } from 'zod'

/** An address is kept in lower case, so that one person cannot sign up twice by capitals. */
export const Email = z
  .string({ error: 'Enter an e-mail address.' })
  .max(1000, 'This is too long for an e-mail address.')
  .transform((text) => text.trim().toLowerCase())
  .pipe(
    z
      .email({ error: 'This is not an e-mail address, such as ada@example.org.' })
      .max(255, 'An e-mail address has at most 255 characters.'),
  )

const TOO_LONG_PASSWORD = `A password has at most ${MAX_PASSWORD_LENGTH} characters.`
/** Far more than any that has so few characters: those of several parts are put together before they are counted. */
const LONGEST_PASSWORD_TEXT = 16 * MAX_PASSWORD_LENGTH

/** Not the rules of a new password: an old one may predate them. Characters are counted as they are there. */
export const AnyPassword = z
  .string({ error: 'Enter your password.' })
  .min(1, 'Enter your password.')
  .refine(
    (text) =>
      text.length <= LONGEST_PASSWORD_TEXT && [...normalizePassword(text)].length <= MAX_PASSWORD_LENGTH,
    TOO_LONG_PASSWORD,
  )
  .meta({ maxLength: MAX_PASSWORD_LENGTH })

/** A part of a person's name. Empty: none. */
export const PersonName = z
  .string({ error: 'This must be text.' })
  .max(255, 'A name has at most 255 characters.')
  .transform((text) => text.trim())
  .refine((text) => !/\p{Cc}/u.test(text), 'A name cannot hold control characters.')

const Token = z
  .string({ error: 'The link is incomplete: open it from the mail again.' })
  .min(1, 'The link is incomplete: open it from the mail again.')
  .max(200, 'This is longer than a link of ours.')

export const Register = z.strictObject({
  email: Email,
  password: AnyPassword,
  displayName: PersonName.optional(),
  invitation: Token.optional().describe('What stands behind `#invitation=` in the link of an invitation.'),
})
export type Register = z.infer<typeof Register>

export const Login = z.strictObject({
  email: Email,
  password: AnyPassword,
  keepSignedIn: z.boolean({ error: 'This must be yes or no.' }).optional(),
})
export type Login = z.infer<typeof Login>

export const RequestPasswordReset = z.strictObject({ email: Email })
export type RequestPasswordReset = z.infer<typeof RequestPasswordReset>

/** What stands behind `#token=` in the link of a mail. */
export const ShowToken = z.strictObject({
  token: Token.describe('What stands behind `#token=` in the link of the mail.'),
})
export type ShowToken = z.infer<typeof ShowToken>

export const ResetPassword = ShowToken.extend({
  password: AnyPassword.describe('The new password.'),
  revokeApiTokens: z
    .boolean({ error: 'This must be yes or no.' })
    .default(true)
    .describe('Whether the API tokens end, too. Whoever knew the old password may have made one.'),
})
export type ResetPassword = z.infer<typeof ResetPassword>

/** A person as the API shows them. */
export interface User {
  userId: string
  email: string
  displayName: string | null
  firstName: string | null
  lastName: string | null
  role: 'user' | 'admin'
  /** Somebody who reads the mail of this address has said so. */
  emailVerified: boolean
  /** False: they sign in by other means only. */
  hasPassword: boolean
  /** A password alone does not sign them in. */
  secondFactor: boolean
  createdAt: string
}
