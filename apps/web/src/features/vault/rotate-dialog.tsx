import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Rotation } from '../../lib/types.ts'

const WORDS = {
  root: {
    title: 'Rotate the root key?',
    text: 'A new root key is staged. Once every process can read it, all data keys are wrapped by it. What is sealed is not touched. The old root key can be retired afterwards.',
    note: 'With the provider “file”, back up the root key file once this has ended: an older copy cannot open what is wrapped by the new key.',
    action: 'Rotate the root key',
  },
  data: {
    title: 'Rotate data keys?',
    text: 'Every stored secret is opened once and sealed anew with a new data key, and each opening stands in its owner’s log. The old data keys are destroyed.',
    note: 'This takes longer than rotating the root key. It is for when a data key itself may have been seen.',
    action: 'Rotate data keys',
  },
} as const

/** Says what a rotation does before it begins. */
export function RotateDialog({ kind, onClose }: { kind: Rotation['kind']; onClose: () => void }) {
  const { title, text, note, action } = WORDS[kind]
  const rotate = useRotate(kind, onClose)
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="grid gap-4">
        <p className="text-ink-soft">{text}</p>
        <p className="text-ink-soft">{note}</p>
        {rotate.error && (
          <Notice tone="problem" live>
            {problemOf(rotate.error).message}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button autoFocus onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" busy={rotate.isPending} onClick={() => rotate.mutate()}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

function useRotate(kind: Rotation['kind'], onDone: () => void) {
  const queryClient = useQueryClient()
  async function onSuccess({ joined }: { joined: boolean }) {
    await queryClient.invalidateQueries(trpc.admin.keys.pathFilter())
    toastSuccess(joined ? 'One is under way already; it is shown here.' : 'The rotation has begun.')
    onDone()
  }
  const root = useMutation(trpc.admin.keys.rotateRoot.mutationOptions({ onSuccess }))
  const data = useMutation(trpc.admin.keys.rotateData.mutationOptions({ onSuccess }))
  const { error, isPending, mutate } = kind === 'root' ? root : data
  return { error, isPending, mutate: () => mutate() }
}
