import { Fingerprint } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { When } from '../../components/when.tsx'
import { canUsePasskeys } from '../../lib/passkey.ts'
import type { Passkey } from '../../lib/types.ts'
import { AddPasskeyDialog } from './add-passkey-dialog.tsx'
import { DeletePasskeyDialog } from './delete-passkey-dialog.tsx'
import { RenamePasskeyDialog } from './rename-passkey-dialog.tsx'

type Open = { dialog: 'add' } | { dialog: 'rename' | 'delete'; passkey: Passkey } | null

/** A person's passkeys: each signs in alone, and is a second factor beside the password. */
export function PasskeysPanel({ passkeys }: { passkeys: readonly Passkey[] }) {
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  return (
    <Panel
      title="Passkeys"
      aside={
        <Button size="small" disabled={!canUsePasskeys()} onClick={() => setOpen({ dialog: 'add' })}>
          <Fingerprint aria-hidden className="size-4" />
          Add a passkey
        </Button>
      }
    >
      {passkeys.length === 0 ? (
        <p className="max-w-2xl text-ink-soft text-sm">
          A passkey is a key on your phone, computer or security key, opened by your finger, face or PIN. It
          signs you in without a password, and no false site can ask for it.
        </p>
      ) : (
        <ul className="-mx-4 -mb-4 sm:-mx-5 sm:-mb-5 divide-y divide-line border-line border-t">
          {passkeys.map((passkey) => (
            <Row
              key={passkey.passkeyId}
              passkey={passkey}
              onRename={() => setOpen({ dialog: 'rename', passkey })}
              onDelete={() => setOpen({ dialog: 'delete', passkey })}
            />
          ))}
        </ul>
      )}
      {!canUsePasskeys() && (
        <Notice tone="info" className="mt-4">
          This browser cannot use passkeys here. They need HTTPS and a current browser.
        </Notice>
      )}
      {open?.dialog === 'add' && <AddPasskeyDialog onClose={close} />}
      {open?.dialog === 'rename' && <RenamePasskeyDialog passkey={open.passkey} onClose={close} />}
      {open?.dialog === 'delete' && <DeletePasskeyDialog passkey={open.passkey} onClose={close} />}
    </Panel>
  )
}

interface RowProps {
  passkey: Passkey
  onRename: () => void
  onDelete: () => void
}

function Row({ passkey, onRename, onDelete }: RowProps) {
  const { name, createdAt, lastUsedAt } = passkey
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <div className="grid min-w-0 flex-1 gap-0.5">
        <span className="break-words font-medium">{name}</span>
        <span className="text-ink-faint">
          added <When at={createdAt} />,{' '}
          {lastUsedAt ? (
            <>
              used <When at={lastUsedAt} />
            </>
          ) : (
            'not used yet'
          )}
        </span>
      </div>
      <div className="flex gap-2">
        <Button size="small" aria-label={`Rename ${name}`} onClick={onRename}>
          Rename
        </Button>
        <Button size="small" className="text-danger" aria-label={`Delete ${name}`} onClick={onDelete}>
          Delete
        </Button>
      </div>
    </li>
  )
}
