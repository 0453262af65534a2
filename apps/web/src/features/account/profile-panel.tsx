import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { useSetUser } from '../../lib/use-set-user.ts'

const FIELDS = ['displayName', 'firstName', 'lastName'] as const

/** What a person is called. */
export function ProfilePanel({ user }: { user: User }) {
  const [displayName, setDisplayName] = useState(user.displayName ?? '')
  const [firstName, setFirstName] = useState(user.firstName ?? '')
  const [lastName, setLastName] = useState(user.lastName ?? '')
  const setUser = useSetUser()
  const save = useMutation(
    trpc.users.updateProfile.mutationOptions({
      onSuccess: async (saved) => {
        await setUser(saved)
        toastSuccess('Your profile is saved.')
      },
    }),
  )
  const problem = save.error ? problemOf(save.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    save.mutate({ displayName, firstName, lastName })
  }

  return (
    <Panel title="Profile">
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <FormProblem problem={problem} fields={FIELDS} />
        <TextField
          label="Display name"
          name="displayName"
          autoComplete="nickname"
          optional
          hint="What this application calls you."
          value={displayName}
          onValue={setDisplayName}
          problem={fieldProblem(problem, 'displayName')}
        />
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            label="First name"
            name="firstName"
            autoComplete="given-name"
            optional
            value={firstName}
            onValue={setFirstName}
            problem={fieldProblem(problem, 'firstName')}
          />
          <TextField
            label="Last name"
            name="lastName"
            autoComplete="family-name"
            optional
            value={lastName}
            onValue={setLastName}
            problem={fieldProblem(problem, 'lastName')}
          />
        </div>
        <Button type="submit" className="justify-self-start" busy={save.isPending}>
          Save profile
        </Button>
      </form>
    </Panel>
  )
}
