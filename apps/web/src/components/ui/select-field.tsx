import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { Field, INPUT_LOOK } from './field.tsx'

export interface Choice {
  value: string
  label: string
}

interface SelectFieldProps {
  label: string
  value: string
  choices: readonly Choice[]
  onValue: (value: string) => void
  hint?: ReactNode
  problem?: string | null
}

/** One of a list. The browser's own control: it opens as the device is used to, and needs no script. */
export function SelectField({ label, value, choices, onValue, hint, problem }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(control) => <Select {...control} value={value} choices={choices} onValue={onValue} />}
    </Field>
  )
}

interface SelectProps {
  value: string
  choices: readonly Choice[]
  onValue: (value: string) => void
  id?: string
  'aria-label'?: string
}

/** The control alone, for where the label stands elsewhere. */
export function Select({ value, choices, onValue, ...control }: SelectProps) {
  return (
    <span className="relative block">
      <select
        {...control}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className={classNames(INPUT_LOOK, 'h-10 appearance-none truncate pr-9')}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 right-3 size-4 text-ink-faint"
      />
    </span>
  )
}
