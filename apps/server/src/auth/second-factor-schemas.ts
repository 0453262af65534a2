import { z } from 'zod'
import { AnyPassword } from './schemas.ts'

/** Bytes in base64url, as browsers write them. */
function bytes(maxCharacters: number) {
  const error = 'This is not what a browser gives for a passkey.'
  return z
    .string({ error })
    .min(1, error)
    .max(maxCharacters, error)
    .regex(/^[A-Za-z0-9_-]+$/, error)
}

const passkeyError = 'Give what the browser answered for the passkey.'

/** What stands around the response of either kind. Extensions are not asked for, so none are read. */
const Credential = {
  id: bytes(1_400),
  rawId: bytes(1_400),
  type: z.literal('public-key', { error: passkeyError }),
  clientExtensionResults: z
    .unknown()
    .optional()
    .transform(() => ({}))
    .describe('Any: it is not read.'),
}

/** `AuthenticationResponseJSON` of WebAuthn; fields that it may have besides are not read. */
export const PasskeyAssertion = z.object(
  {
    ...Credential,
    response: z.object(
      {
        clientDataJSON: bytes(4_000),
        authenticatorData: bytes(4_000),
        signature: bytes(4_000),
        userHandle: bytes(100).nullish(),
      },
      { error: passkeyError },
    ),
  },
  { error: passkeyError },
)
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>

/** `RegistrationResponseJSON` of WebAuthn. */
const PasskeyAttestation = z.object(
  {
    ...Credential,
    response: z.object(
      {
        clientDataJSON: bytes(4_000),
        attestationObject: bytes(40_000),
        transports: z
          .array(z.string({ error: passkeyError }).max(30, passkeyError), { error: passkeyError })
          .max(10, passkeyError)
          .optional(),
      },
      { error: passkeyError },
    ),
  },
  { error: passkeyError },
)
export type PasskeyAttestation = z.infer<typeof PasskeyAttestation>

const challengeError = 'This sign-in is incomplete. Start again.'
const ChallengeToken = z
  .string({ error: challengeError })
  .min(1, challengeError)
  .max(200, challengeError)
  .describe('As the step before gave it.')

const Code = z
  .string({ error: 'Enter the code.' })
  .trim()
  .min(1, 'Enter the code.')
  .max(50, 'No code is that long.')
  .describe('Six digits of the authenticator app, or a recovery code.')

const KeepSignedIn = z.boolean({ error: 'This must be yes or no.' }).optional()

const PasskeyName = z
  .string({ error: 'Give the passkey a name.' })
  .trim()
  .min(1, 'Give the passkey a name.')
  .max(100, 'A name has at most 100 characters.')
  .refine((text) => !/\p{Cc}/u.test(text), 'A name cannot hold control characters.')

const PasskeyId = z.uuid({ error: 'This is not the id of a passkey.' })

export const LoginSecondFactor = z
  .strictObject({
    challengeToken: ChallengeToken,
    code: Code.optional(),
    passkey: PasskeyAssertion.optional(),
    keepSignedIn: KeepSignedIn.describe('As it was said with the password when left out.'),
  })
  .refine(({ code, passkey }) => (code === undefined) !== (passkey === undefined), {
    error: 'Give either a code or a passkey.',
    path: ['code'],
  })
export type LoginSecondFactor = z.infer<typeof LoginSecondFactor>

export const LoginPasskey = z.strictObject({
  challengeToken: ChallengeToken,
  response: PasskeyAssertion,
  keepSignedIn: KeepSignedIn,
})
export type LoginPasskey = z.infer<typeof LoginPasskey>

export const StepUp = z
  .strictObject({
    password: AnyPassword.optional(),
    code: Code.optional(),
    passkey: PasskeyAssertion.optional().describe('The answer to `auth.stepUpPasskeyOptions`.'),
  })
  .refine((input) => Object.values(input).filter((value) => value !== undefined).length === 1, {
    error: 'Give your password, a code or a passkey: one of them.',
    path: ['password'],
  })
export type StepUp = z.infer<typeof StepUp>

export const ConfirmTotp = z.strictObject({ code: Code })
export type ConfirmTotp = z.infer<typeof ConfirmTotp>

export const FinishPasskey = z.strictObject({ response: PasskeyAttestation, name: PasskeyName })
export type FinishPasskey = z.infer<typeof FinishPasskey>

export const RenamePasskey = z.strictObject({ passkeyId: PasskeyId, name: PasskeyName })
export type RenamePasskey = z.infer<typeof RenamePasskey>

export const OnePasskey = z.strictObject({ passkeyId: PasskeyId })
export type OnePasskey = z.infer<typeof OnePasskey>

/** What can stand beside a password at a sign-in. */
export type SecondFactorMethod = 'totp' | 'recovery' | 'passkey'

/** A passkey as the API shows it. */
export interface Passkey {
  passkeyId: string
  name: string
  createdAt: string
  lastUsedAt: string | null
}

/** What a person has besides a password. */
export interface SecondFactors {
  totp: { enabled: boolean; createdAt: string | null }
  recoveryCodesLeft: number
  /** The oldest first. */
  passkeys: Passkey[]
}
