import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { Field, INPUT_LOOK } from './field.tsx'

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value'> {
  label: string
  value: string
  onValue: (value: string) => void
  hint?: ReactNode
  problem?: string | null
  optional?: boolean
}

/** A line of text with its label. */
export function TextField({ label, value, onValue, hint, problem, optional, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem} optional={optional}>
      {(control) => (
        <input
          {...input}
          {...control}
          value={value}
          onChange={(event) => onValue(event.target.value)}
          className={classNames(INPUT_LOOK, 'h-10', input.className)}
        />
      )}
    </Field>
  )
}
