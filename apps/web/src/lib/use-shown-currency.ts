import { DOLLARS, type ShownCurrency } from '@opentrade/format'
import { useQuery } from '@tanstack/react-query'
import { trpc } from './trpc.ts'
import type { Settings } from './types.ts'

/** The currency that a person chose, while a connected exchange has a price for it; else US dollars. */
export function useShownCurrency({ currency }: Pick<Settings, 'currency'>): ShownCurrency {
  const rates = useQuery(trpc.settings.rates.queryOptions(undefined, { enabled: currency !== DOLLARS.code }))
  const rate = rates.data?.find((entry) => entry.currency === currency)
  return rate ? { code: rate.currency, usdPrice: rate.usdPrice } : DOLLARS
}
