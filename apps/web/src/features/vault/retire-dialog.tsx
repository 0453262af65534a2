import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { RootKey } from '../../lib/types.ts'

/** Asks before a root key is retired, and says afterwards what remains to be done. */
export function RetireDialog({ rootKey, onClose }: { rootKey: RootKey; onClose: () => void }) {
  const { provider, rootKeyId } = rootKey
  const queryClient = useQueryClient()
  const retire = useMutation(
    trpc.admin.keys.retire.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.admin.keys.pathFilter()),
    }),
  )
  if (retire.data) {
    return (
      <Dialog title={`${rootKeyId} is retired`} onClose={onClose}>
        <div className="grid gap-4">
          <Notice tone="success" live>
            {retire.data.next}
          </Notice>
          <Button autoFocus className="justify-self-end" onClick={onClose}>
            Close
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={`Retire the root key ${rootKeyId}?`} onClose={onClose}>
      <div className="grid gap-4">
        <p className="text-ink-soft">
          It is not in use. Once retired, it can never be used again.
          {provider === 'file' && ' It is removed from the root key file for good.'}
        </p>
        <p className="text-ink-soft">
          A backup of the database from before the rotation can then no longer be opened.
        </p>
        {retire.error && (
          <Notice tone="problem" live>
            {problemOf(retire.error).message}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button autoFocus onClick={onClose}>
            Keep it
          </Button>
          <Button
            look="danger"
            busy={retire.isPending}
            onClick={() => retire.mutate({ provider, rootKeyId })}
          >
            Retire
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
