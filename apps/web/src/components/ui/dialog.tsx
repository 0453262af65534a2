import { X } from 'lucide-react'
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
}

/**
 * A modal dialog, open for as long as it is rendered. The platform's own element: it keeps the focus inside,
 * closes on Escape and gives the focus back, and needs no injected styles, which the content policy forbids.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  const [isOpen, setIsOpen] = useState(false)

  // Before the paint, and on the way out before the element is gone: one that is gone gives no focus back.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    // Only now: what is not shown yet cannot take the focus that `autoFocus` gives.
    setIsOpen(true)
    return () => element?.close()
  }, [])

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      className="m-auto max-h-[calc(100dvh-2rem)] w-[min(34rem,calc(100vw-2rem))] rounded-lg border border-line bg-panel p-0 text-ink shadow-2xl"
    >
      <div className="flex items-start justify-between gap-4 px-5 pt-4 sm:px-6 sm:pt-5">
        <h2 id={titleId} className="wrap-anywhere min-w-0 font-semibold text-lg">
          {title}
        </h2>
        <Button look="quiet" size="icon" aria-label="Close" onClick={onClose} className="-mt-1 -mr-2">
          <X aria-hidden className="size-4" />
        </Button>
      </div>
      <div className="px-5 pt-2 pb-5 sm:px-6 sm:pb-6">{isOpen && children}</div>
    </dialog>
  )
}
