import { z } from 'zod'

/** An address is kept in lower case, so that one person cannot sign up twice by capitals. */
const Email = z
  .string({ error: 'Enter an e-mail address.' })
  .max(1000, 'This is too long for an e-mail address.')
  .transform((text) => text.trim().toLowerCase())
  .pipe(
    z
      .email({ error: 'This is not an e-mail address, such as ada@example.org.' })
      .max(255, 'An e-mail address has at most 255 characters.'),
  )

/** Not the rules of a new password: an old one may predate them. */
const AnyPassword = z
  .string({ error: 'Enter your password.' })
  .min(1, 'Enter your password.')
  .max(256, 'A password has at most 256 characters.')

const DisplayName = z
  .string({ error: 'This must be text.' })
  .max(255, 'A name has at most 255 characters.')
  .transform((text) => text.trim())
  .refine((text) => !/\p{Cc}/u.test(text), 'A name cannot hold control characters.')

export const Register = z.strictObject({
  email: Email,
  password: AnyPassword,
  displayName: DisplayName.optional(),
})
export type Register = z.infer<typeof Register>

export const Login = z.strictObject({
  email: Email,
  password: AnyPassword,
  keepSignedIn: z.boolean({ error: 'This must be yes or no.' }).optional(),
})
export type Login = z.infer<typeof Login>

/** A person as the API shows them. */
export interface User {
  userId: string
  email: string
  displayName: string | null
  role: 'user' | 'admin'
  createdAt: string
}
