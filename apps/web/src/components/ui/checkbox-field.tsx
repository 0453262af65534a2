import { type ReactNode, useId } from 'react'

interface CheckboxFieldProps {
  label: ReactNode
  checked: boolean
  onChecked: (checked: boolean) => void
}

/** A box to tick, with its sentence. */
export function CheckboxField({ label, checked, onChecked }: CheckboxFieldProps) {
  const id = useId()
  return (
    <label htmlFor={id} className="flex items-start gap-2.5 text-sm">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={(event) => onChecked(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-brand"
      />
      <span>{label}</span>
    </label>
  )
}
