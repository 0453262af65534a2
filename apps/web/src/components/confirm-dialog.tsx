import type { ReactNode } from 'react'
import { problemOf } from '../lib/problem.ts'
import { Button } from './ui/button.tsx'
import { Dialog } from './ui/dialog.tsx'
import { Notice } from './ui/notice.tsx'

interface ConfirmDialogProps {
  title: string
  action: string
  /** The way out; "Cancel" unless it deserves its own words. */
  keep?: string
  isDangerous?: boolean
  error: unknown
  busy: boolean
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}

/** Says what is about to happen before it does, and why it did not. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, action, keep = 'Cancel', isDangerous, error, busy, onConfirm, onClose, children } = props
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="grid gap-4">
        <div className="grid gap-2 text-ink-soft">{children}</div>
        {error != null && (
          <Notice tone="problem" live>
            {problemOf(error).message}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button autoFocus onClick={onClose}>
            {keep}
          </Button>
          <Button look={isDangerous ? 'danger' : 'primary'} busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
