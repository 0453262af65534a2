import { DOLLARS, type ShownCurrency } from '@opentrade/format'
import { useQuery } from '@tanstack/react-query'
import { trpc } from './trpc.ts'
import type { Rate, Settings } from './types.ts'

export interface CurrencyInUse {
  shown: ShownCurrency
  /** By which the amounts are converted; null for US dollars. */
  rate: Rate | null
  /** The currency that the person chose and no connected exchange prices now. */
  unavailable: string | null
}

const IN_DOLLARS: CurrencyInUse = { shown: DOLLARS, rate: null, unavailable: null }

/** The currency that a person chose, while a connected exchange has a price for it; else US dollars. */
export function useShownCurrency({ currency }: Pick<Settings, 'currency'>): CurrencyInUse {
  const rates = useQuery(trpc.settings.rates.queryOptions(undefined, { enabled: currency !== DOLLARS.code }))
  if (currency === DOLLARS.code || !rates.data) return IN_DOLLARS
  const rate = rates.data.find((entry) => entry.currency === currency)
  if (!rate) return { ...IN_DOLLARS, unavailable: currency }
  return { shown: { code: rate.currency, usdPrice: rate.usdPrice }, rate, unavailable: null }
}
