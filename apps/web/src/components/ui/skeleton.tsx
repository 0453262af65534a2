import { classNames } from '../../lib/class-names.ts'

/** A grey shape where something is about to stand. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classNames('animate-pulse rounded-md bg-line/70', className)} />
}

/** A page about to come: a heading, a wide sheet and two beside each other. */
export function PageSkeleton() {
  return (
    <div role="status" className="grid gap-5">
      <span className="sr-only">Loading…</span>
      <Skeleton className="h-9 w-56" />
      <Skeleton className="h-72" />
      <div className="grid gap-5 md:grid-cols-2">
        <Skeleton className="h-48" />
        <Skeleton className="h-48" />
      </div>
    </div>
  )
}
