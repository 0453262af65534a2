import type { ReactNode } from 'react'
import { TextField } from './text-field.tsx'

interface CodeFieldProps {
  label?: string
  hint?: ReactNode
  value: string
  onValue: (value: string) => void
  problem?: string | null
  /** Digits alone, so that a phone shows those. */
  numeric?: boolean
}

/** A code of one use: of an authenticator app, or to recover an account. */
export function CodeField({ label = 'Code', numeric, ...field }: CodeFieldProps) {
  return (
    <TextField
      {...field}
      label={label}
      name="code"
      autoComplete={numeric ? 'one-time-code' : 'off'}
      inputMode={numeric ? 'numeric' : 'text'}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      autoFocus
      required
      className="font-mono tracking-widest"
    />
  )
}
