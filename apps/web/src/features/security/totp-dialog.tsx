import type { RouterOutputs } from '@opentrade/client'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CodeField } from '../../components/ui/code-field.tsx'
import { CopyButton } from '../../components/ui/copy-button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
import { useRefreshFactors } from './use-refresh-factors.ts'

type Started = RouterOutputs['secondFactors']['totpStart']

interface TotpDialogProps {
  started: Started
  onClose: () => void
}

/** Shows a new secret for the app, takes a first code of it, and then shows the recovery codes. */
export function TotpDialog({ started, onClose }: TotpDialogProps) {
  const [code, setCode] = useState('')
  const refresh = useRefreshFactors()
  const confirm = useMutation(
    trpc.secondFactors.totpConfirm.mutationOptions({ gcTime: 0, onSuccess: refresh }),
  )
  const problem = confirm.error ? problemOf(confirm.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!confirm.isPending) confirm.mutate({ code })
  }

  if (confirm.data) {
    return (
      <Dialog title="Keep your recovery codes" onClose={onClose}>
        <RecoveryCodes codes={confirm.data.recoveryCodes} onDone={onClose} />
      </Dialog>
    )
  }
  return (
    <Dialog title="Set up an authenticator app" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <Secret started={started} />
        <FormProblem problem={problem} fields={['code']} />
        <CodeField
          label="Code"
          hint="The six digits that the app shows now."
          numeric
          value={code}
          onValue={setCode}
          problem={fieldProblem(problem, 'code')}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={confirm.isPending}>
            Turn on
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Secret({ started }: { started: Started }) {
  return (
    <div className="grid gap-4 sm:grid-cols-[auto_minmax(0,1fr)]">
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(started.qrSvg)}`}
        alt="QR code with the secret for your authenticator app"
        className="size-44 justify-self-center rounded-md border border-line bg-white p-1"
      />
      <div className="grid content-start gap-3 text-sm">
        <p className="text-ink-soft">
          Scan this with your authenticator app. On the phone itself, type the secret into it instead:
        </p>
        <code className="select-all break-all rounded-md bg-sunken px-3 py-2 font-mono">
          {started.secret}
        </code>
        <div>
          <CopyButton text={started.secret} what="The secret" />
        </div>
      </div>
    </div>
  )
}
