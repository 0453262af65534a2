import { useQuery } from '@tanstack/react-query'
import { SelectField } from '../../components/ui/select-field.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { Settings } from '../../lib/types.ts'
import type { SettingsPanelProps } from './panel-props.ts'

const NAMES: Record<Settings['currency'], string> = {
  USD: 'US dollar',
  EUR: 'Euro',
  GBP: 'Pound sterling',
  CHF: 'Swiss franc',
  BTC: 'Bitcoin',
  ETH: 'Ether',
}

/** In what amounts are shown: of the currencies that have a price of the day, and whence that price is. */
export function CurrencyField({ settings, onChange }: SettingsPanelProps) {
  const formats = useFormats()
  const rates = useQuery(trpc.settings.rates.queryOptions())
  const priced = new Set<string>(['USD', ...(rates.data ?? []).map((rate) => rate.currency)])
  const chosen = rates.data?.find((rate) => rate.currency === settings.currency)
  const choices = Object.entries(NAMES)
    .filter(([code]) => priced.has(code) || code === settings.currency)
    .map(([value, label]) => ({ value, label: `${label} (${value})` }))
  return (
    <div className="grid gap-1.5">
      <SelectField
        label="Currency"
        value={settings.currency}
        choices={choices}
        onValue={(value) => {
          if (isCurrency(value)) onChange({ key: 'currency', value })
        }}
      />
      <p className="text-ink-faint text-sm">
        {settings.currency === 'USD'
          ? 'Others appear here once a connected exchange quotes them in dollars.'
          : chosen
            ? `1 ${chosen.currency} is ${formats.usdExact(chosen.usdPrice)}, by ${chosen.source}, ${formats.dateTime(chosen.asOf)}.`
            : 'There is no price of today for it, so that amounts are shown in US dollars.'}
      </p>
    </div>
  )
}

function isCurrency(value: string): value is Settings['currency'] {
  return Object.hasOwn(NAMES, value)
}
