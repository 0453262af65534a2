import type { CredentialName, Rights } from '@opentrade/exchange'
import { z } from 'zod'
import { ExchangeId } from '../exchange/schemas.ts'
import type { AccountMatch } from './account-index.ts'

/** PEM keys are the longest credential that exchanges hand out. */
const MAX_CREDENTIAL_BYTES = 8_192

const CredentialText = z
  .string({ error: 'This must be a text.' })
  .refine((text) => Buffer.byteLength(text) <= MAX_CREDENTIAL_BYTES, 'This is too long: at most 8 kB.')
  .optional()

const credentialShape = {
  apiKey: CredentialText,
  secret: CredentialText,
  password: CredentialText,
  uid: CredentialText,
  accountId: CredentialText,
  login: CredentialText,
  twofa: CredentialText,
  walletAddress: CredentialText,
  privateKey: CredentialText,
  token: CredentialText,
} satisfies Record<CredentialName, typeof CredentialText>

/** What the person pasted. What the exchange asks for is checked in `credentials.ts`; no message repeats a value or a foreign name. */
const CredentialsInput = z.strictObject(credentialShape, {
  error: (issue) =>
    issue.code === 'unrecognized_keys'
      ? 'There is a credential with a name that no exchange uses.'
      : 'Give the credentials by name.',
})

const ShortText = z
  .string({ error: 'This must be a text.' })
  .trim()
  .max(100, 'At most 100 characters.')
  .refine((text) => !/\p{Cc}/u.test(text), 'This may not hold line breaks or control characters.')

/** A name among the person's keys at one exchange. An empty one is none. */
const Nickname = ShortText.transform((text) => text || null)

const Purpose = z
  .enum(['read', 'trade'], { error: 'Choose read or trade.' })
  .describe(
    'What the key is used for here, whatever else it may do. "read" (the default): balances are read with it; a key that may also trade can serve. "trade": orders only; it is never opened to read, so its wallet needs a key for reading as well.',
  )
const Confirmation = z.boolean({ error: 'Say true or false.' }).optional()
const ApiKeyId = z.uuid('This is not the id of an API key.')

export const AddApiKey = z.strictObject({
  exchangeId: ExchangeId,
  credentials: CredentialsInput,
  nickname: Nickname.optional(),
  /** Tells apart several accounts at one exchange; the usual one has none. */
  walletLabel: ShortText.optional(),
  purpose: Purpose.optional(),
  /** The person knows that this key can withdraw, and wants it all the same. */
  confirmWithdrawals: Confirmation,
})
export type AddApiKey = z.infer<typeof AddApiKey>

export const OneApiKey = z.strictObject({ apiKeyId: ApiKeyId })
export type OneApiKey = z.infer<typeof OneApiKey>

export const RenameApiKey = z.strictObject({ apiKeyId: ApiKeyId, nickname: Nickname.nullable() })
export type RenameApiKey = z.infer<typeof RenameApiKey>

export const ReplaceApiKey = z.strictObject({
  apiKeyId: ApiKeyId,
  credentials: CredentialsInput,
  confirmWithdrawals: Confirmation,
})
export type ReplaceApiKey = z.infer<typeof ReplaceApiKey>

/** An API key as its owner may see it: never its secret. Times are ISO 8601 in UTC. */
export interface ApiKey {
  apiKeyId: string
  exchangeId: string
  exchangeName: string
  walletId: string
  nickname: string | null
  /** The last characters of the API key, to tell keys apart. Empty when it has none that may be shown. */
  hint: string
  purpose: 'read' | 'trade'
  /** What the exchange said the key may do, when it was last asked. */
  permissions: Rights | null
  /** Null: not checked yet. False: the exchange has refused it for ten minutes or longer. */
  isValid: boolean | null
  /** When the exchange last accepted or refused it. */
  checkedAt: string | null
  /** When it is checked again by itself, at the latest about then. */
  nextCheckAt: string
  /** Why the exchange refused it when it was last asked. */
  checkError: { code: string; message: string } | null
  /** Since when it has been refused without a good answer in between; null if the last answer was good. */
  refusedSince: string | null
  expiresAt: string | null
  /**
   * How it is known that it sees the same account as the wallet's other key; null when there was none to compare
   * with. `different`: found out since it was added.
   */
  accountMatch: AccountMatch | null
  createdAt: string
  updatedAt: string
}

export interface AddedApiKey {
  apiKey: ApiKey
  walletId: string
}
