import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { ApiKey } from '../../lib/types.ts'

/** Gives a key another nickname, or none. */
export function RenameDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const [nickname, setNickname] = useState(apiKey.nickname ?? '')
  const queryClient = useQueryClient()
  const rename = useMutation(
    trpc.apiKeys.rename.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
        toastSuccess('The nickname is saved.')
        onClose()
      },
    }),
  )
  const problem = rename.error ? problemOf(rename.error) : null
  const nicknameProblem = fieldProblem(problem, 'nickname')

  function submit(event: FormEvent) {
    event.preventDefault()
    rename.mutate({ apiKeyId: apiKey.apiKeyId, nickname: nickname.trim() || null })
  }

  return (
    <Dialog title="Rename key" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-5">
        {problem && !nicknameProblem && (
          <Notice tone="problem" live>
            {problem.message}
          </Notice>
        )}
        <TextField
          label="Nickname"
          hint="Leave it empty to call the key by its exchange."
          autoComplete="off"
          autoFocus
          maxLength={100}
          value={nickname}
          onValue={setNickname}
          problem={nicknameProblem}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={rename.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
