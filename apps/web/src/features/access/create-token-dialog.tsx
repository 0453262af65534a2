import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { ShownOnce } from '../../components/ui/shown-once.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { ApiScope } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { SCOPES } from './scopes.ts'

const NEVER = 'never'
const LASTING = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: NEVER, label: 'Until it is deleted' },
]

/** Makes a token and shows it, once. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const queryClient = useQueryClient()
  const create = useMutation(
    trpc.apiTokens.create.mutationOptions({
      gcTime: 0,
      onSuccess: () => queryClient.invalidateQueries(trpc.apiTokens.pathFilter()),
    }),
  )
  if (create.data) {
    return (
      <Dialog title="Your new token" onClose={onClose}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <p className="text-ink-soft">
            It is shown this once. Give it to “{create.data.apiToken.name}” now, for instance by{' '}
            <code className="font-mono text-sm">opentrade login --token</code>.
          </p>
          <ShownOnce text={create.data.token} what="The token" />
          <Button look="primary" className="justify-self-end" onClick={onClose}>
            I have kept it
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title="Create a token" onClose={onClose}>
      <TokenForm create={create} onClose={onClose} />
    </Dialog>
  )
}

interface TokenFormProps {
  create: {
    error: unknown
    isPending: boolean
    mutate: (input: { name: string; scopes: ApiScope[]; expiresInDays: number | null }) => void
  }
  onClose: () => void
}

function TokenForm({ create, onClose }: TokenFormProps) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly ApiScope[]>(['read'])
  const [lasting, setLasting] = useState('90')
  const problem = create.error ? problemOf(create.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (create.isPending) return
    create.mutate({ name, scopes: [...scopes], expiresInDays: lasting === NEVER ? null : Number(lasting) })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
      <FormProblem problem={problem} fields={['name', 'scopes', 'expiresInDays']} />
      <TextField
        label="Name"
        name="token-name"
        autoComplete="off"
        autoFocus
        required
        hint="The program that will use it."
        value={name}
        onValue={setName}
        problem={fieldProblem(problem, 'name')}
      />
      <fieldset className="grid gap-2">
        <legend className="mb-1.5 font-medium text-sm">What it may do</legend>
        {SCOPES.map(({ value, label, text }) => (
          <CheckboxField
            key={value}
            label={
              <>
                <span className="font-medium">{label}</span>
                <span className="text-ink-soft">: {text}</span>
              </>
            }
            checked={scopes.includes(value)}
            onChecked={(isOn) =>
              setScopes(isOn ? [...scopes, value] : scopes.filter((scope) => scope !== value))
            }
          />
        ))}
        {fieldProblem(problem, 'scopes') && (
          <p className="text-danger text-sm">{fieldProblem(problem, 'scopes')}</p>
        )}
      </fieldset>
      <SelectField
        label="Lasts"
        value={lasting}
        choices={LASTING}
        onValue={setLasting}
        problem={fieldProblem(problem, 'expiresInDays')}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={create.isPending}>
          Create the token
        </Button>
      </div>
    </form>
  )
}
