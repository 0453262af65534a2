import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { ApiToken } from '../../lib/types.ts'

/** Asks before a program loses its way in. */
export function DeleteTokenDialog({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  const queryClient = useQueryClient()
  const remove = useMutation(
    trpc.apiTokens.delete.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.apiTokens.pathFilter())
        toastSuccess(`The token “${token.name}” is deleted.`)
        onClose()
      },
    }),
  )
  return (
    <ConfirmDialog
      title={`Delete “${token.name}”?`}
      action="Delete"
      keep="Keep it"
      isDangerous
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ tokenId: token.tokenId })}
      onClose={onClose}
    >
      <p>Whatever signs in with it is refused within a second. It cannot be brought back.</p>
    </ConfirmDialog>
  )
}
