import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { deviceName } from '../../lib/device-name.ts'
import { makePasskey } from '../../lib/passkey.ts'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpcClient } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
import { useRefreshFactors } from './use-refresh-factors.ts'

/** Names a passkey, has the browser make it, and shows recovery codes if there were none. */
export function AddPasskeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState(() => deviceName(navigator.userAgent) ?? '')
  const add = useAddPasskey(onClose)
  const problem = add.error ? problemOf(add.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!add.isPending) add.mutate(name)
  }

  if (add.data?.recoveryCodes) {
    return (
      <Dialog title="Keep your recovery codes" onClose={onClose}>
        <RecoveryCodes codes={add.data.recoveryCodes} onDone={onClose} />
      </Dialog>
    )
  }
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <p className="text-ink-soft">
          Your browser asks where to keep it. From then on it signs you in alone, and your password asks for a
          second factor.
        </p>
        <FormProblem problem={problem} fields={['name']} />
        <TextField
          label="Name"
          name="passkey-name"
          autoComplete="off"
          autoFocus
          required
          hint="So that you know it in the list, such as “Phone” or “Blue security key”."
          value={name}
          onValue={setName}
          problem={fieldProblem(problem, 'name')}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={add.isPending}>
            Make the passkey
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function useAddPasskey(onClose: () => void) {
  const refresh = useRefreshFactors()
  return useMutation({
    mutationFn: async (name: string) => {
      const { options } = await trpcClient.secondFactors.passkeyStart.mutate()
      const response = await makePasskey(options)
      return trpcClient.secondFactors.passkeyFinish.mutate({ response, name })
    },
    gcTime: 0,
    onSuccess: async ({ passkey, recoveryCodes }) => {
      await refresh()
      toastSuccess(`The passkey “${passkey.name}” is yours.`)
      if (!recoveryCodes) onClose()
    },
  })
}
