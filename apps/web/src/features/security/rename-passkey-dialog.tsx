import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Passkey } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { useRefreshFactors } from './use-refresh-factors.ts'

/** Gives a passkey another name. */
export function RenamePasskeyDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const [name, setName] = useState(passkey.name)
  const refresh = useRefreshFactors()
  const rename = useMutation(
    trpc.secondFactors.passkeyRename.mutationOptions({
      onSuccess: async () => {
        await refresh()
        onClose()
      },
    }),
  )
  const problem = rename.error ? problemOf(rename.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!rename.isPending) rename.mutate({ passkeyId: passkey.passkeyId, name })
  }

  return (
    <Dialog title="Rename the passkey" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <FormProblem problem={problem} fields={['name']} />
        <TextField
          label="Name"
          name="passkey-name"
          autoComplete="off"
          autoFocus
          required
          value={name}
          onValue={setName}
          problem={fieldProblem(problem, 'name')}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={rename.isPending}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
