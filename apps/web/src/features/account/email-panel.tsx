import { useMutation } from '@tanstack/react-query'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { hasAddress } from '../../lib/own-address.ts'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'

/** A person's address: whether it is confirmed, and the way to another one. */
export function EmailPanel({ user }: { user: User }) {
  return (
    <Panel title="E-mail">
      <div className="grid gap-5">
        {hasAddress(user) ? (
          <OwnAddress user={user} />
        ) : (
          <p className="max-w-2xl text-ink-soft text-sm">
            Your account has no address yet: where you sign in, none of yours is confirmed. With one you get
            mails about your account, and can choose a password.
          </p>
        )}
        <ChangeForm />
      </div>
    </Panel>
  )
}

function OwnAddress({ user }: { user: User }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <span className="min-w-0 break-all font-medium">{user.email}</span>
      {user.emailVerified ? (
        <Badge tone="good" icon={CircleCheck}>
          confirmed
        </Badge>
      ) : (
        <Badge tone="warning" icon={CircleAlert}>
          not confirmed
        </Badge>
      )}
      {!user.emailVerified && <SendAgain />}
    </div>
  )
}

function SendAgain() {
  const send = useMutation(
    trpc.auth.requestEmailVerification.mutationOptions({
      onSuccess: () =>
        toastSuccess('A link that confirms your address is on its way. It is good for 24 hours.'),
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return (
    <Button size="small" busy={send.isPending} onClick={() => send.mutate()}>
      Send the link again
    </Button>
  )
}

function ChangeForm() {
  const [email, setEmail] = useState('')
  const change = useMutation(trpc.users.changeEmail.mutationOptions({ onSuccess: () => setEmail('') }))
  const problem = change.error ? problemOf(change.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    change.mutate({ email })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
      <FormProblem problem={problem} fields={['email']} />
      {change.isSuccess && (
        <Notice tone="success" title="Look for a mail at the new address" live>
          Its link moves your account there. Until then nothing changes; the old address is told, too.
        </Notice>
      )}
      <div className="flex flex-wrap items-start gap-3">
        <div className="w-full max-w-80">
          <TextField
            label="New address"
            type="email"
            name="email"
            autoComplete="email"
            value={email}
            onValue={setEmail}
            problem={fieldProblem(problem, 'email')}
          />
        </div>
        <Button
          type="submit"
          className="sm:mt-[1.65rem]"
          busy={change.isPending}
          disabled={email.trim() === ''}
        >
          Change address
        </Button>
      </div>
    </form>
  )
}
