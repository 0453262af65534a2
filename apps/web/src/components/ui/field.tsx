import { CircleAlert } from 'lucide-react'
import { type ReactNode, useId } from 'react'

/** What a control needs so that its label, hint and problem are read out with it. */
interface ControlProps {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

interface FieldProps {
  label: string
  hint?: ReactNode
  problem?: string | null
  optional?: boolean
  children: (control: ControlProps) => ReactNode
}

export const INPUT_LOOK =
  'w-full rounded-md border border-line-strong bg-panel px-3 text-ink placeholder:text-ink-faint ' +
  'aria-invalid:border-danger disabled:opacity-60'

/** A labelled control with its hint and, beside it in words, what is wrong with it. */
export function Field({ label, hint, problem, optional, children }: FieldProps) {
  const id = useId()
  const hintId = hint ? `${id}-hint` : null
  const problemId = problem ? `${id}-problem` : null
  const describedBy = [hintId, problemId].filter(Boolean).join(' ')
  return (
    <div className="grid content-start gap-1.5">
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="font-medium text-sm">
          {label}
        </label>
        {optional && <span className="text-ink-faint text-xs">optional</span>}
      </div>
      {children({
        id,
        'aria-describedby': describedBy || undefined,
        'aria-invalid': problem ? true : undefined,
      })}
      {hintId && (
        <p id={hintId} className="text-ink-faint text-sm">
          {hint}
        </p>
      )}
      {problemId && (
        <p id={problemId} className="flex gap-1.5 text-danger text-sm">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {problem}
        </p>
      )}
    </div>
  )
}
