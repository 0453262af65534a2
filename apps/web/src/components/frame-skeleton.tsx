import { Wordmark } from './brand.tsx'
import { PageSkeleton } from './ui/skeleton.tsx'

/** The frame of the application about to come, in its place, so that nothing jumps when it is there. */
export function AppSkeleton() {
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <div className="flex h-14 items-center bg-rail px-4 text-rail-ink lg:h-auto lg:items-start lg:border-rail-line lg:border-r lg:px-5 lg:py-5">
        <Wordmark />
      </div>
      <div className="mx-auto w-full max-w-[92rem] px-4 py-6 sm:px-6 lg:px-8 lg:py-8">
        <PageSkeleton />
      </div>
    </div>
  )
}

/** The same for people who are not signed in. */
export function GuestSkeleton() {
  return (
    <div role="status" className="min-h-dvh lg:grid lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <span className="sr-only">Loading…</span>
      <div className="hidden bg-rail p-12 text-rail-ink lg:block">
        <Wordmark />
      </div>
    </div>
  )
}
