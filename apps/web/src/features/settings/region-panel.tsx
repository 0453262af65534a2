import { Panel } from '../../components/ui/panel.tsx'
import { type Choice, SelectField } from '../../components/ui/select-field.tsx'
import { browserFormats } from '../../lib/format.ts'
import { useFormats } from '../../lib/preferences.tsx'
import { useNow } from '../../lib/use-now.ts'
import { CurrencyField } from './currency-field.tsx'
import type { SettingsPanelProps } from './panel-props.ts'
import { localeChoices, timeZoneChoices } from './region-choices.ts'

const SAMPLE_USD = '1234567.89'

/** How figures and times are written. */
export function RegionPanel({ settings, onChange }: SettingsPanelProps) {
  const now = useNow()
  const browser = browserFormats()
  const formats = useFormats()
  return (
    <Panel title="Numbers and times">
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          label="Number and date format"
          value={settings.locale}
          choices={withCurrent(localeChoices(browser.locale), settings.locale)}
          onValue={(value) => onChange({ key: 'locale', value })}
        />
        <SelectField
          label="Time zone"
          value={settings.timeZone}
          choices={withCurrent(timeZoneChoices(), settings.timeZone)}
          onValue={(value) => onChange({ key: 'timeZone', value })}
        />
        <CurrencyField settings={settings} onChange={onChange} />
      </div>
      <p className="tabular mt-4 rounded-md bg-sunken px-3 py-2 text-ink-soft text-sm">
        {formats.usd(SAMPLE_USD)} <span aria-hidden>·</span> {formats.dateTime(now)}
      </p>
    </Panel>
  )
}

/** Keeps a value that was set elsewhere in the list, so that opening the page does not change it. */
function withCurrent(choices: readonly Choice[], value: string): readonly Choice[] {
  if (choices.some((choice) => choice.value === value)) return choices
  return [{ value, label: value }, ...choices]
}
