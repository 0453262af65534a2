import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '../../lib/class-names.ts'

const TONES = {
  info: { look: 'border-line bg-sunken', icon: Info, iconLook: 'text-ink-soft' },
  success: { look: 'border-brand/30 bg-brand-soft', icon: CircleCheck, iconLook: 'text-brand' },
  warning: { look: 'border-warning/30 bg-warning-soft', icon: TriangleAlert, iconLook: 'text-warning' },
  problem: { look: 'border-danger/30 bg-danger-soft', icon: CircleAlert, iconLook: 'text-danger' },
} as const

interface NoticeProps {
  tone: keyof typeof TONES
  title?: string
  children: ReactNode
  /** Read out at once, for what has just happened. */
  live?: boolean
  className?: string
}

/** A remark that stands in the page. */
export function Notice({ tone, title, children, live, className }: NoticeProps) {
  const { look, icon: Icon, iconLook } = TONES[tone]
  return (
    <div
      role={live ? 'alert' : undefined}
      className={classNames('flex gap-3 rounded-md border px-4 py-3 text-sm', look, className)}
    >
      <Icon aria-hidden className={classNames('mt-0.5 size-4 shrink-0', iconLook)} />
      <div className="wrap-anywhere grid min-w-0 gap-1">
        {title && <p className="font-semibold">{title}</p>}
        <div className="text-ink-soft">{children}</div>
      </div>
    </div>
  )
}
