import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { browserFormats, type Formats, formatsFor } from './format.ts'
import { applyTheme } from './theme.ts'
import type { Settings } from './types.ts'
import { type CurrencyInUse, useShownCurrency } from './use-shown-currency.ts'

interface Preferences extends Pick<CurrencyInUse, 'rate' | 'unavailable'> {
  formats: Formats
  hideSmallBalances: boolean
  /** Plain decimal, US dollars. */
  smallBalanceUsd: string
}

const PreferencesContext = createContext<Preferences>({
  formats: browserFormats(),
  hideSmallBalances: false,
  smallBalanceUsd: '1',
  rate: null,
  unavailable: null,
})

/** Applies a person's settings to everything below: formats, theme, and what counts as a small balance. */
export function PreferencesProvider({ settings, children }: { settings: Settings; children: ReactNode }) {
  useEffect(() => applyTheme(settings.theme), [settings.theme])
  const { shown, rate, unavailable } = useShownCurrency(settings)
  const preferences: Preferences = {
    formats: formatsFor(settings.locale, settings.timeZone, shown),
    hideSmallBalances: settings.hideSmallBalances,
    smallBalanceUsd: settings.smallBalanceUsd,
    rate,
    unavailable,
  }
  return <PreferencesContext value={preferences}>{children}</PreferencesContext>
}

export function usePreferences(): Preferences {
  return useContext(PreferencesContext)
}

/** How the person who is signed in reads figures and times; the browser's way when nobody is. */
export function useFormats(): Formats {
  return useContext(PreferencesContext).formats
}
