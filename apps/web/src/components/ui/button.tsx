import { LoaderCircle } from 'lucide-react'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { classNames } from '../../lib/class-names.ts'

const LOOKS = {
  primary: 'bg-brand text-on-brand hover:bg-brand-strong border-transparent',
  secondary: 'bg-panel text-ink border-line-strong hover:bg-sunken',
  quiet: 'bg-transparent text-ink-soft border-transparent hover:bg-sunken hover:text-ink',
  danger: 'bg-danger text-panel border-transparent hover:opacity-90',
} as const

const SIZES = {
  medium: 'h-10 px-4 text-[0.9375rem]',
  small: 'h-8 px-3 text-sm',
  icon: 'size-9 p-0',
} as const

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
  /** Shows that the press is being worked on; further presses do nothing, nor does the second of a double click. */
  busy?: boolean
  /** Lends the looks to its one child, such as a link. */
  asChild?: boolean
}

/** A button, or with `asChild` a link that looks like one. */
export function Button({ look = 'secondary', size = 'medium', busy, asChild, ...props }: ButtonProps) {
  const className = classNames(
    'inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-md border font-medium transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-55 aria-busy:cursor-progress',
    LOOKS[look],
    SIZES[size],
    props.className,
  )
  if (asChild) return <Slot.Root {...props} className={className} />
  return (
    <button
      type="button"
      {...props}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy || event.detail > 1) event.preventDefault()
        else props.onClick?.(event)
      }}
      className={className}
    >
      {busy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {props.children}
    </button>
  )
}
