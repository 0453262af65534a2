import { classNames } from '../lib/class-names.ts'

/** The mark: an open ring, and a line that leaves through the opening. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" fill="none" aria-hidden="true" className={classNames('size-8', className)}>
      <path
        d="M19.8 5.1A11.5 11.5 0 1 0 26.9 12.2"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path
        d="M9.8 18.6l5-5.2 3.6 3.6L28 6"
        stroke="#5fcab2"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}

/** The mark with the name. */
export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={classNames('inline-flex items-center gap-2.5 font-semibold text-lg', className)}>
      <Mark className="size-7" />
      <span className="tracking-tight">OpenTrade</span>
    </span>
  )
}
