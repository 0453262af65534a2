import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '../../lib/class-names.ts'

const TONES = {
  neutral: 'bg-sunken text-ink-soft',
  good: 'bg-brand-soft text-brand-strong',
  warning: 'bg-warning-soft text-warning',
  problem: 'bg-danger-soft text-danger',
} as const

type BadgeTone = keyof typeof TONES

interface BadgeProps {
  tone: BadgeTone
  icon?: LucideIcon
  children: ReactNode
  title?: string
  className?: string
}

/** A state in a word, with an icon so that it does not hang on its colour. */
export function Badge({ tone, icon: Icon, children, title, className }: BadgeProps) {
  return (
    <span
      title={title}
      className={classNames(
        'inline-flex items-center gap-1 whitespace-nowrap rounded px-1.5 py-0.5 font-medium text-xs',
        TONES[tone],
        className,
      )}
    >
      {Icon && <Icon aria-hidden className="size-3.5" />}
      {children}
    </span>
  )
}
