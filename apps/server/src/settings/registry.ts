import { z } from 'zod'

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** In what amounts may be shown. All but USD need a price of the day, by the markets of connected exchanges. */
export const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'AUD', 'CAD', 'BTC', 'ETH'] as const
export type Currency = (typeof CURRENCIES)[number]

function choice() {
  return z.boolean({ error: 'This must be yes or no.' })
}

/** One schema per setting: the registry of what a person may choose. */
export const settingSchemas = {
  theme: z.enum(['system', 'light', 'dark'], { error: 'Choose system, light or dark.' }),
  locale: z
    .string({ error: 'Name a language, such as en-GB.' })
    .max(35, 'A language tag has at most 35 characters.')
    .refine(isLocale, 'This is not a language tag, such as en-GB.'),
  timeZone: z
    .string({ error: 'Name a time zone, such as Europe/Zurich.' })
    .max(64, 'A time zone has at most 64 characters.')
    .refine(isTimeZone, 'This is not a time zone, such as Europe/Zurich.'),
  currency: z
    .enum(CURRENCIES, { error: `Choose one of ${CURRENCIES.join(', ')}.` })
    .describe('In what amounts are shown, where `settings.rates` has a price for it; else in USD.'),
  notifications: z
    .strictObject(
      { keyInvalid: choice(), keyExpires: choice(), newDevice: choice() },
      { error: 'Say yes or no to keyInvalid, keyExpires and newDevice.' },
    )
    .describe('Which mails the person gets. Those about the password and the address always come.'),
  hideSmallBalances: choice(),
  smallBalanceUsd: z
    .string({ error: 'Enter an amount in USD as text, such as "1".' })
    .regex(/^(0|[1-9]\d{0,11})(\.\d{0,17}[1-9])?$/, 'Enter a plain amount in USD, such as 1 or 0.5.'),
} as const

export type SettingKey = keyof typeof settingSchemas
export type Settings = { [Key in SettingKey]: z.infer<(typeof settingSchemas)[Key]> }

/** What holds until a person chooses. */
export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  locale: 'en',
  timeZone: 'UTC',
  currency: 'USD',
  notifications: { keyInvalid: true, keyExpires: true, newDevice: true },
  hideSmallBalances: false,
  smallBalanceUsd: '1',
}

/** Reads what is stored: what is missing, or no longer fits, falls back to its default. Unknown keys are dropped. */
export const StoredSettings = z.object({
  theme: settingSchemas.theme.catch(DEFAULT_SETTINGS.theme),
  locale: settingSchemas.locale.catch(DEFAULT_SETTINGS.locale),
  timeZone: settingSchemas.timeZone.catch(DEFAULT_SETTINGS.timeZone),
  currency: settingSchemas.currency.catch(DEFAULT_SETTINGS.currency),
  notifications: settingSchemas.notifications.catch(DEFAULT_SETTINGS.notifications),
  hideSmallBalances: settingSchemas.hideSmallBalances.catch(DEFAULT_SETTINGS.hideSmallBalances),
  smallBalanceUsd: settingSchemas.smallBalanceUsd.catch(DEFAULT_SETTINGS.smallBalanceUsd),
})
