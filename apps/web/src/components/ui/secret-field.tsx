import { Eye, EyeOff } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { Field, INPUT_LOOK } from './field.tsx'

interface SecretFieldProps {
  label: string
  value: string
  onValue: (value: string) => void
  /** `off` for keys, so that no password manager keeps them; a password's own token otherwise. */
  autoComplete: 'off' | 'current-password' | 'new-password'
  name: string
  multiline?: boolean
  hint?: ReactNode
  problem?: string | null
  optional?: boolean
  required?: boolean
  autoFocus?: boolean
}

/** A secret: hidden as it is typed, shown on demand. One that may be a PEM key takes the lines of one as it is pasted. */
export function SecretField({ label, hint, problem, optional, ...secret }: SecretFieldProps) {
  const [shown, setShown] = useState(false)
  const { value, onValue, multiline, name, autoComplete, required, autoFocus } = secret
  const shared = {
    name,
    autoComplete,
    required,
    autoFocus,
    value,
    spellCheck: false,
    autoCapitalize: 'none',
    autoCorrect: 'off',
    'data-1p-ignore': autoComplete === 'off' || undefined,
    'data-lpignore': autoComplete === 'off' || undefined,
  } as const
  return (
    <Field label={label} hint={hint} problem={problem} optional={optional}>
      {(control) => (
        <div className="relative">
          {multiline ? (
            <textarea
              {...shared}
              {...control}
              rows={value.includes('\n') ? 6 : 1}
              wrap={value.includes('\n') ? 'soft' : 'off'}
              onChange={(event) => onValue(event.target.value)}
              onKeyDown={(event) => submitOnEnter({ event, value })}
              className={classNames(
                INPUT_LOOK,
                'block min-h-10 resize-none overflow-x-hidden py-2 pr-11 font-mono text-sm leading-5.5',
                !shown && '[-webkit-text-security:disc]',
              )}
            />
          ) : (
            <input
              {...shared}
              {...control}
              type={shown ? 'text' : 'password'}
              onChange={(event) => onValue(event.target.value)}
              className={classNames(INPUT_LOOK, 'h-10 pr-11', shown && 'font-mono text-sm')}
            />
          )}
          <button
            type="button"
            aria-label={`${shown ? 'Hide' : 'Show'} ${label}`}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute top-0 right-0 grid size-10 place-items-center rounded-md text-ink-faint hover:text-ink"
          >
            {shown ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          </button>
        </div>
      )}
    </Field>
  )
}

/** A secret of one line is sent off as in any other field; lines come by pasting. */
function submitOnEnter({ event, value }: { event: KeyboardEvent<HTMLTextAreaElement>; value: string }): void {
  if (event.key !== 'Enter' || event.shiftKey || value.includes('\n')) return
  event.preventDefault()
  event.currentTarget.form?.requestSubmit()
}
