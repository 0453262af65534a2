import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Rotation } from '../../lib/types.ts'

const TEXTS = {
  root: 'Keys that were already wrapped by the new root key stay so, and the others keep the old one. Both root keys remain, so everything can still be opened.',
  data: 'Secrets that were already sealed with new data keys stay so, and the others keep the old ones. Everything can still be opened.',
} as const

/** Asks before a rotation is given up. */
export function AbandonDialog({ rotation, onClose }: { rotation: Rotation; onClose: () => void }) {
  const { rotationId, kind } = rotation
  const queryClient = useQueryClient()
  const abandon = useMutation(
    trpc.admin.keys.abandonRotation.mutationOptions({
      async onSuccess() {
        await queryClient.invalidateQueries(trpc.admin.keys.pathFilter())
        toastSuccess('The rotation was abandoned.')
        onClose()
      },
    }),
  )
  return (
    <Dialog title="Abandon this rotation?" onClose={onClose}>
      <div className="grid gap-4">
        <p className="text-ink-soft">{TEXTS[kind]}</p>
        <p className="text-ink-soft">You can start another rotation at any time.</p>
        {abandon.error && (
          <Notice tone="problem" live>
            {problemOf(abandon.error).message}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button autoFocus onClick={onClose}>
            Keep rotating
          </Button>
          <Button look="danger" busy={abandon.isPending} onClick={() => abandon.mutate({ rotationId })}>
            Abandon
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
