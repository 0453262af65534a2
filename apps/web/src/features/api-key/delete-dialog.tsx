import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { ApiKey } from '../../lib/types.ts'
import { keyTitle } from './key-title.ts'

/** Asks before a key is deleted, and says what stays. */
export function DeleteDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const queryClient = useQueryClient()
  const remove = useMutation(
    trpc.apiKeys.delete.mutationOptions({
      onSuccess: async () => {
        toastSuccess('The key is deleted. Its wallet and history stay.')
        onClose()
        queryClient.invalidateQueries(trpc.portfolio.pathFilter())
        await queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
      },
    }),
  )
  return (
    <Dialog title={`Delete ${keyTitle(apiKey)}?`} onClose={onClose}>
      <div className="grid gap-4">
        <p className="text-ink-soft">
          The sealed key is destroyed here and cannot be brought back. The wallet and its history stay
          {apiKey.purpose === 'read'
            ? `; its balances are no longer read until you connect ${apiKey.exchangeName} again.`
            : '; nothing can be traded in it until you add such a key again.'}
        </p>
        <p className="text-ink-soft">
          Also delete it at {apiKey.exchangeName}, so that nobody can use it any more.
        </p>
        {remove.error && (
          <Notice tone="problem" live>
            {problemOf(remove.error).message}
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button autoFocus onClick={onClose}>
            Keep it
          </Button>
          <Button
            look="danger"
            busy={remove.isPending}
            onClick={() => remove.mutate({ apiKeyId: apiKey.apiKeyId })}
          >
            Delete key
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
