import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { currentToasts, dismissToast, subscribeToToasts } from '../lib/toasts.ts'

/** Shows toasts and has them read out, without taking the focus. */
export function Toaster() {
  const toasts = useSyncExternalStore(subscribeToToasts, currentToasts)
  return (
    <div
      role="status"
      aria-live="polite"
      aria-label="Notifications"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-50 grid justify-items-end gap-2 lg:bottom-6"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className="pointer-events-auto flex w-full max-w-sm items-start gap-3 rounded-md border border-rail-line bg-rail px-4 py-3 text-rail-ink text-sm shadow-xl"
        >
          {toast.tone === 'success' ? (
            <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-[#5fcab2]" />
          ) : (
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-[#ff9a6c]" />
          )}
          <p className="min-w-0 flex-1">{toast.text}</p>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismissToast(toast.id)}
            className="-m-1 rounded p-1 text-rail-soft hover:text-rail-ink"
          >
            <X aria-hidden className="size-4" />
          </button>
        </div>
      ))}
    </div>
  )
}
