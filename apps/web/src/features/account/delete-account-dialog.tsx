import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { hasAddress } from '../../lib/own-address.ts'
import { fieldProblem, formProblem, problemOf } from '../../lib/problem.ts'
import { endSession, forgetEverything } from '../../lib/session.ts'
import { trpc } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'

const CONSEQUENCES = [
  'Every API key stored here is destroyed at once. Delete them at your exchanges as well.',
  'Your wallets, their history and your settings are deleted.',
  'Your log is deleted. Export it first if you may need it.',
  'You are signed out everywhere.',
  'A backup of the database may keep your sealed keys until it is thrown away.',
]

/**
 * Asks for the address, or a word where there is none, and for the password, if there is one, before everything of a
 * person is deleted.
 */
export function DeleteAccountDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const [confirmation, setConfirmation] = useState('')
  const [password, setPassword] = useState('')
  const remove = useDeleteAccount()
  const problem = remove.error ? problemOf(remove.error) : null
  const form = useFocusFault(problem)
  const farewell = hasAddress(user) ? user.email : 'delete'
  const isConfirmed = confirmation.trim().toLowerCase() === farewell

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!remove.isPending) remove.mutate({ confirmation, ...(user.hasPassword && { password }) })
  }

  return (
    <Dialog title="Delete your account?" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <ul className="grid list-disc gap-1.5 pl-5 text-ink-soft text-sm">
          {CONSEQUENCES.map((consequence) => (
            <li key={consequence}>{consequence}</li>
          ))}
        </ul>
        {problem && (
          <Notice tone="problem" live>
            {formProblem(problem, ['confirmation', 'password'])}
          </Notice>
        )}
        <TextField
          label={hasAddress(user) ? 'Your e-mail address, to confirm' : 'A word, to confirm'}
          hint={`Type ${farewell}`}
          {...(hasAddress(user) && { type: 'email', inputMode: 'email' })}
          autoComplete="off"
          autoFocus
          required
          value={confirmation}
          onValue={setConfirmation}
          problem={fieldProblem(problem, 'confirmation')}
        />
        {user.hasPassword && (
          <SecretField
            label="Your password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onValue={setPassword}
            problem={fieldProblem(problem, 'password')}
          />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Keep my account</Button>
          <Button type="submit" look="danger" busy={remove.isPending} disabled={!isConfirmed}>
            Delete for good
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function useDeleteAccount() {
  const queryClient = useQueryClient()
  const router = useRouter()
  return useMutation(
    trpc.users.deleteMe.mutationOptions({
      gcTime: 0,
      onSuccess: async () => {
        endSession(queryClient)
        await router.navigate({ to: '/sign-in', search: { goodbye: true } })
        forgetEverything(queryClient)
      },
    }),
  )
}
