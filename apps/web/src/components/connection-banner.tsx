import { CloudOff } from 'lucide-react'
import { Button } from './ui/button.tsx'

/** Says that what the page shows may be old, for as long as the server does not answer. */
export function ConnectionBanner({ onRetry }: { onRetry: () => void }) {
  return (
    <div
      role="alert"
      className="sticky top-16 z-10 mb-5 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-warning/30 bg-warning-soft px-4 py-2.5 text-sm shadow-sm lg:top-3"
    >
      <CloudOff aria-hidden className="size-4 shrink-0 text-warning" />
      <p className="min-w-0 flex-1 basis-64">
        The OpenTrade server does not answer. What you see is from before; it is asked again by itself.
      </p>
      <Button size="small" onClick={onRetry}>
        Try now
      </Button>
    </div>
  )
}
