import type { CredentialField } from '@opentrade/exchange'
import { z } from 'zod'
import { baseUrlProblem } from './base-url.ts'

/** An exchange's id, as ccxt spells it, or `paper`. */
export const ExchangeId = z
  .string({ error: 'Name the exchange.' })
  .regex(/^[a-z0-9_-]{1,50}$/i, 'This is not the id of an exchange.')

export const GetExchange = z.strictObject({ exchangeId: ExchangeId })
export type GetExchange = z.infer<typeof GetExchange>

const BaseUrl = (protocols: readonly ('http' | 'ws')[]) =>
  z
    .string({ error: 'Give a URL, or null for the exchange’s own.' })
    .max(255, 'A URL may have at most 255 characters.')
    .trim()
    .superRefine((url, check) => {
      const problem = baseUrlProblem({ url, protocols })
      if (problem) check.addIssue({ code: 'custom', message: problem })
    })
    .nullable()
    .optional()

export const UpdateExchange = z.strictObject({
  exchangeId: ExchangeId,
  /** Replaces scheme and host of every REST URL; `{host}` stands for the original host. Null: the exchange's own. */
  apiBaseUrl: BaseUrl(['http']),
  /** The same for streams. */
  wsBaseUrl: BaseUrl(['http', 'ws']),
  isActive: z.boolean({ error: 'Say true or false.' }).optional(),
})
export type UpdateExchange = z.infer<typeof UpdateExchange>

/** An exchange as the form that connects one needs it. */
export interface ExchangeListing {
  exchangeId: string
  exchangeName: string
  /** What the form asks for, in this order. */
  requiredCredentials: CredentialField[]
  website: string | null
  docs: string | null
  /** The page on which the exchange makes API keys. */
  keysUrl: string | null
  /** False: an administrator has closed it, and no key can be added. */
  isActive: boolean
}

/** The same with its hosts, which only administrators see. */
export interface ExchangeDetails extends ExchangeListing {
  apiBaseUrl?: string | null
  wsBaseUrl?: string | null
}
