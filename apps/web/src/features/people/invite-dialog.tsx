import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { ShownOnce } from '../../components/ui/shown-once.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'

const LASTING = [
  { value: '1', label: 'A day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
]

/** Makes an invitation; its link is mailed, or shown this once to be passed on. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [lasting, setLasting] = useState('7')
  const queryClient = useQueryClient()
  const invite = useMutation(
    trpc.admin.invitations.create.mutationOptions({
      gcTime: 0,
      onSuccess: () => queryClient.invalidateQueries(trpc.admin.invitations.pathFilter()),
    }),
  )
  const problem = invite.error ? problemOf(invite.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!invite.isPending) invite.mutate({ email: email.trim() || undefined, expiresInDays: Number(lasting) })
  }

  if (invite.data) return <Invited link={invite.data.link} email={email} onClose={onClose} />
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <FormProblem problem={problem} fields={['email', 'expiresInDays']} />
        <TextField
          label="Their e-mail address"
          type="email"
          name="email"
          autoComplete="off"
          autoFocus
          optional
          hint="With one, only that address can sign up by it. Without, whoever has the link."
          value={email}
          onValue={setEmail}
          problem={fieldProblem(problem, 'email')}
        />
        <SelectField
          label="Lasts"
          value={lasting}
          choices={LASTING}
          onValue={setLasting}
          problem={fieldProblem(problem, 'expiresInDays')}
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={invite.isPending}>
            Make the invitation
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Invited({ link, email, onClose }: { link: string | null; email: string; onClose: () => void }) {
  return (
    <Dialog title="The invitation is made" onClose={onClose}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {link ? (
          <>
            <p className="text-ink-soft">Pass this link on yourself. It is shown this once and works once.</p>
            <ShownOnce text={link} what="The link" />
          </>
        ) : (
          <p className="text-ink-soft">A mail with the link is on its way to {email.trim()}.</p>
        )}
        <Button look="primary" className="justify-self-end" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  )
}
