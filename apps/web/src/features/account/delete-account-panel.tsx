import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import type { User } from '../../lib/types.ts'
import { DeleteAccountDialog } from './delete-account-dialog.tsx'

/** The way out for good, with what it means. */
export function DeleteAccountPanel({ user }: { user: User }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Panel title="Delete my account">
      <p className="max-w-2xl text-ink-soft text-sm">
        Your keys, wallets, history, settings and log go for good, and nobody can bring them back. Your
        exchange accounts are not touched.
      </p>
      <Button className="mt-4 text-danger" onClick={() => setIsOpen(true)}>
        Delete my account…
      </Button>
      {isOpen && <DeleteAccountDialog user={user} onClose={() => setIsOpen(false)} />}
    </Panel>
  )
}
