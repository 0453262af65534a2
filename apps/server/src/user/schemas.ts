import { z } from 'zod'
import { AnyPassword, Email, PersonName } from '../auth/schemas.ts'
import { growingSections } from './export-sections.ts'

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
  revokeApiTokens: z
    .boolean({ error: 'This must be yes or no.' })
    .default(false)
    .describe('Whether the API tokens end, too.'),
})
export type ChangePassword = z.infer<typeof ChangePassword>

export const ChangeEmail = z.strictObject({ email: Email.describe('The new address.') })
export type ChangeEmail = z.infer<typeof ChangeEmail>

const SNAPSHOT = /^\d{1,17}:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const ENTRY = /^\d{1,18}$/

export const ExportMore = z
  .strictObject({
    section: z.enum(growingSections, { error: `Name one of ${growingSections.join(', ')}.` }),
    after: z
      .string({ error: 'Give where the page before ended.' })
      .max(100, 'This is not where a page ended.')
      .describe('`more` of the export, or `next` of the page before.'),
  })
  .refine(({ section, after }) => (section === 'snapshots' ? SNAPSHOT : ENTRY).test(after), {
    path: ['after'],
    error: 'This is not where a page of this list ended.',
  })
export type ExportMore = z.infer<typeof ExportMore>
