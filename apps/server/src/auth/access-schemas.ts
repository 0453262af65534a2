import { z } from 'zod'
import { SetupCode } from './schemas.ts'

export const SessionReference = z.strictObject({ sessionId: z.uuid('This is not the id of a session.') })
export type SessionReference = z.infer<typeof SessionReference>

const Scope = z.enum(['read', 'trade', 'manage'], { error: 'A scope is read, trade or manage.' })

export const CreateApiToken = z.strictObject({
  name: z
    .string({ error: 'Give the token a name.' })
    .transform((text) => text.trim())
    .pipe(
      z
        .string()
        .min(1, 'Give the token a name, such as the program that will use it.')
        .max(100, 'A name has at most 100 characters.')
        .refine((text) => !/\p{Cc}/u.test(text), 'A name cannot hold control characters.'),
    )
    .describe('Which program will use it'),
  scopes: z
    .array(Scope, { error: 'Choose what the token may do.' })
    .min(1, 'Choose what the token may do.')
    .max(3, 'There are three scopes.')
    .transform((scopes) => [...new Set(scopes)]),
  expiresInDays: z
    .int({ error: 'This must be a whole number of days, or null.' })
    .min(1, 'A token lasts a day at least.')
    .max(365, 'A token lasts 365 days at most, or with null until it is deleted.')
    .nullable()
    .describe('null: until it is deleted'),
})
export type CreateApiToken = z.infer<typeof CreateApiToken>

export const ApiTokenReference = z.strictObject({ tokenId: z.uuid('This is not the id of an API token.') })
export type ApiTokenReference = z.infer<typeof ApiTokenReference>

const ProviderToken = z
  .string({ error: 'The token of the other account is missing.' })
  .min(1, 'The token of the other account is missing.')
  .max(16_384, 'This is too long for such a token.')
  .describe("the provider's session token (Clerk) or ID token (OIDC)")

const KeepSignedIn = z.boolean({ error: 'This must be yes or no.' }).optional()

const Invitation = z
  .string({ error: 'An invitation is text.' })
  .max(200, 'This is longer than an invitation of ours.')
  .optional()
  .describe('What stands behind `#invitation=` in the link of an invitation.')

export const LoginIdentity = z.strictObject({
  token: ProviderToken,
  keepSignedIn: KeepSignedIn,
  invitation: Invitation,
  setupCode: SetupCode,
})
export type LoginIdentity = z.infer<typeof LoginIdentity>

export const LinkIdentity = z.strictObject({ token: ProviderToken })
export type LinkIdentity = z.infer<typeof LinkIdentity>

const ProviderId = z
  .string({ error: 'Say which provider.' })
  .min(1, 'Say which provider.')
  .max(50, 'There is no such provider.')
  .describe('`id` of `auth.identityProviders`.')

const HERE = 'http://here.invalid'

/** No address of another site, whatever browsers make of slashes. The web page looks again before it goes there. */
const NextPath = z
  .string({ error: 'This must be a path of this installation.' })
  .transform((text) => {
    const isPath = text.startsWith('/') && URL.canParse(text, HERE)
    const { origin, pathname, search, hash } = new URL(isPath ? text : '//there.invalid', HERE)
    // Dots that were taken out may leave two slashes behind, which name another site.
    return origin === HERE && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : ''
  })
  .pipe(z.string().min(1, 'This must be a path of this installation.').max(1_000, 'This path is too long.'))
  .optional()
  .describe('A path of the web application, given back at the end.')

export const StartIdentity = z.strictObject({
  providerId: ProviderId,
  next: NextPath,
  keepSignedIn: KeepSignedIn,
  invitation: Invitation,
  setupCode: SetupCode,
})
export type StartIdentity = z.infer<typeof StartIdentity>

export const StartIdentityAgain = z.strictObject({ providerId: ProviderId, next: NextPath })
export type StartIdentityAgain = z.infer<typeof StartIdentityAgain>

const INCOMPLETE = 'The address that you came back with is not complete. Start again.'

export const FinishIdentity = z
  .strictObject({
    providerId: ProviderId,
    state: z
      .string({ error: INCOMPLETE })
      .regex(/^[A-Za-z0-9_-]{1,200}$/, INCOMPLETE)
      .describe('This and the others: as they stand in the address.'),
    code: z
      .string({ error: 'A code is text.' })
      .min(1, 'A code is text.')
      .max(4_096, 'This is too long.')
      .optional(),
    iss: z.string({ error: 'An issuer is text.' }).max(255, 'This is too long.').optional(),
    error: z
      .string({ error: 'This must be text.' })
      .min(1, 'This must be text.')
      .max(100, 'This is too long.')
      .optional(),
  })
  .refine(({ code, error }) => (code === undefined) !== (error === undefined), {
    error: INCOMPLETE,
    path: ['code'],
  })
export type FinishIdentity = z.infer<typeof FinishIdentity>

const IdentityPart = z
  .string({ error: 'Say which account.' })
  .min(1, 'Say which account.')
  .max(255, 'This is too long.')
  .refine((text) => !/\p{Cc}/u.test(text), 'No account has control characters in its name.')

export const UnlinkIdentity = z.strictObject({ issuer: IdentityPart, subject: IdentityPart })
export type UnlinkIdentity = z.infer<typeof UnlinkIdentity>
