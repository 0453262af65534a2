import { z } from 'zod'
import { AnyPassword, Email, PersonName } from '../auth/schemas.ts'

export const DeleteMe = z.strictObject({
  password: AnyPassword.optional().describe('Needed where the account has one.'),
  confirmation: z
    .string({ error: 'Type your e-mail address to confirm.' })
    .max(1000, 'This is too long for an e-mail address.')
    .transform((text) => text.trim().toLowerCase())
    .describe(
      'The e-mail address of the account, or `delete` where it has none, typed by the person: there is no way back.',
    ),
})
export type DeleteMe = z.infer<typeof DeleteMe>

export const UpdateProfile = z.strictObject({
  displayName: PersonName.optional().describe('What is left out stays; an empty text takes it away.'),
  firstName: PersonName.optional(),
  lastName: PersonName.optional(),
})
export type UpdateProfile = z.infer<typeof UpdateProfile>

export const ChangePassword = z.strictObject({
  currentPassword: AnyPassword,
  newPassword: AnyPassword,
})
export type ChangePassword = z.infer<typeof ChangePassword>

export const ChangeEmail = z.strictObject({ email: Email.describe('The new address.') })
export type ChangeEmail = z.infer<typeof ChangeEmail>
