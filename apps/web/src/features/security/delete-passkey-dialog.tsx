import { useMutation } from '@tanstack/react-query'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Passkey } from '../../lib/types.ts'
import { useRefreshFactors } from './use-refresh-factors.ts'

/** Says what the loss of a passkey means before it happens. */
export function DeletePasskeyDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const refresh = useRefreshFactors()
  const remove = useMutation(
    trpc.secondFactors.passkeyDelete.mutationOptions({
      onSuccess: async () => {
        await refresh()
        toastSuccess(`The passkey “${passkey.name}” is deleted.`)
        onClose()
      },
    }),
  )
  return (
    <ConfirmDialog
      title={`Delete “${passkey.name}”?`}
      action="Delete"
      keep="Keep it"
      isDangerous
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ passkeyId: passkey.passkeyId })}
      onClose={onClose}
    >
      <p>It does not sign you in any more. Delete it from the device as well, which would still offer it.</p>
      <p>If it is your last second factor, your recovery codes go with it.</p>
    </ConfirmDialog>
  )
}
