import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { SwitchField } from '../../components/ui/switch-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import type { SettingsPanelProps } from './panel-props.ts'

/** What the server takes as an amount, less the zeros at the end, which are cut before. */
const PLAIN_AMOUNT = /^(?:0|[1-9]\d{0,11})(?:\.\d{0,17}[1-9])?$/

/** Which balances are too small to be shown. */
export function BalancesSettingsPanel({ settings, onChange }: SettingsPanelProps) {
  return (
    <Panel title="Balances">
      <div className="grid gap-5">
        <SwitchField
          label="Hide small balances"
          hint="In every wallet. They still count in totals, and each wallet can show them."
          checked={settings.hideSmallBalances}
          onChecked={(value) => onChange({ key: 'hideSmallBalances', value })}
        />
        <ThresholdForm
          current={settings.smallBalanceUsd}
          onSave={(value) => onChange({ key: 'smallBalanceUsd', value })}
        />
      </div>
    </Panel>
  )
}

function ThresholdForm({ current, onSave }: { current: string; onSave: (value: string) => void }) {
  const [text, setText] = useState(current)
  const [problem, setProblem] = useState<string | null>(null)

  function submit(event: FormEvent) {
    event.preventDefault()
    const amount = withoutTrailingZeros(text.trim())
    if (!PLAIN_AMOUNT.test(amount)) {
      setProblem('Enter a plain amount in US dollars, such as 1 or 0.50.')
      return
    }
    setProblem(null)
    setText(amount)
    onSave(amount)
  }

  return (
    <form onSubmit={submit} noValidate className="flex flex-wrap items-start gap-3">
      <div className="w-full max-w-64">
        <TextField
          label="Small means below (USD)"
          inputMode="decimal"
          value={text}
          onValue={setText}
          problem={problem}
          className="tabular"
        />
      </div>
      <Button type="submit" className="mt-[1.65rem]" disabled={text.trim() === current}>
        Save
      </Button>
    </form>
  )
}

function withoutTrailingZeros(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
}
