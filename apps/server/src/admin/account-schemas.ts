import { z } from 'zod'
import { Email } from '../auth/schemas.ts'
import { SignUpMode } from '../installation/sign-up-mode.ts'

const Id = z.uuid({ error: 'This is not an id.' })
const UserId = Id.describe('Whose account.')

export const ListUsers = z
  .strictObject({
    search: z
      .string({ error: 'Search for text.' })
      .max(255, 'Search for at most 255 characters.')
      .refine((text) => !/\p{Cc}/u.test(text), 'Nothing has control characters in it.')
      .transform((text) => text.trim())
      .optional()
      .describe('A part of the address or of a name; capitals do not matter.'),
    cursor: Id.optional().describe('`next` of the page before.'),
    limit: z
      .int({ error: 'Ask for a whole number of people.' })
      .min(1, 'Ask for at least one.')
      .max(200, 'Ask for at most 200 at once.')
      .optional(),
  })
  .optional()
export type ListUsers = z.infer<typeof ListUsers>

export const OneUser = z.strictObject({ userId: UserId })
export type OneUser = z.infer<typeof OneUser>

export const SetActive = z.strictObject({
  userId: UserId,
  isActive: z.boolean({ error: 'This must be yes or no.' }),
})
export type SetActive = z.infer<typeof SetActive>

export const SetRole = z.strictObject({
  userId: UserId,
  role: z.enum(['user', 'admin'], { error: 'Choose user or admin.' }),
})
export type SetRole = z.infer<typeof SetRole>

export const CreateInvitation = z.strictObject({
  email: Email.optional().describe('For this address alone; without one, for whoever has the link.'),
  expiresInDays: z
    .int({ error: 'Enter a whole number of days.' })
    .min(1, 'An invitation lasts at least a day.')
    .max(30, 'An invitation lasts at most 30 days.'),
})
export type CreateInvitation = z.infer<typeof CreateInvitation>

export const OneInvitation = z.strictObject({ invitationId: Id })
export type OneInvitation = z.infer<typeof OneInvitation>

export const SetSignUpMode = z.strictObject({ mode: SignUpMode })
export type SetSignUpMode = z.infer<typeof SetSignUpMode>

export const ListOutbox = z
  .strictObject({ cursor: Id.optional().describe('`next` of the page before.') })
  .optional()
export type ListOutbox = z.infer<typeof ListOutbox>

export const OneMail = z.strictObject({ mailId: Id })
export type OneMail = z.infer<typeof OneMail>

/** A person as an administrator sees them. */
export interface ListedUser {
  userId: string
  email: string
  displayName: string | null
  role: 'user' | 'admin'
  isActive: boolean
  /** Who switched the account off; null while it is on. */
  deactivatedBy: 'self' | 'admin' | null
  emailVerified: boolean
  hasPassword: boolean
  createdAt: string
  lastLoginAt: string | null
}
