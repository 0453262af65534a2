import { z } from 'zod'

export const DeleteMe = z.strictObject({
  password: z
    .string({ error: 'Enter your password.' })
    .min(1, 'Enter your password.')
    .max(256, 'A password has at most 256 characters.'),
  confirmation: z
    .string({ error: 'Type your e-mail address to confirm.' })
    .max(1000, 'This is too long for an e-mail address.')
    .transform((text) => text.trim().toLowerCase())
    .describe('The e-mail address of the account, typed by the person: there is no way back.'),
})
export type DeleteMe = z.infer<typeof DeleteMe>
