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
  JPY: 'Japanese yen',
  CHF: 'Swiss franc',
  AUD: 'Australian dollar',
  CAD: 'Canadian dollar',
  BTC: 'Bitcoin',
  ETH: 'Ether',
}

/** In what amounts are shown: one of the currencies that have a price of the day, with that price, its source and time. */
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
          ? unpricedNote(priced)
          : chosen
            ? `1 ${chosen.currency} = ${formats.usdExact(chosen.usdPrice)}${chosen.simulated ? ' (simulated)' : ''}, ${chosen.source}, ${formats.dateTime(chosen.asOf)}.`
            : 'No connected exchange has priced it within a day, so amounts are shown in US dollars.'}
      </p>
    </div>
  )
}

/** Why some currencies cannot be chosen now. */
function unpricedNote(priced: ReadonlySet<string>): string {
  const missing = Object.keys(NAMES).filter((code) => !priced.has(code))
  if (missing.length === 0) return 'Amounts are converted by the prices of connected exchanges.'
  return `Not available, because no connected exchange has priced ${missing.length > 1 ? 'them' : 'it'} within a day: ${missing.join(', ')}.`
}

function isCurrency(value: string): value is Settings['currency'] {
  return Object.hasOwn(NAMES, value)
}
