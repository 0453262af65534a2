import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { ChoiceGroup } from '../../components/ui/choice-group.tsx'
import { CodeField } from '../../components/ui/code-field.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { askPasskey } from '../../lib/passkey.ts'
import { fieldProblem, formProblem, problemOf } from '../../lib/problem.ts'
import { answerStepUp } from '../../lib/step-up.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { IdentityProvider, SecondFactors, User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { StepUpElsewhere } from './step-up-elsewhere.tsx'

const METHODS = {
  password: { value: 'password', label: 'Password' },
  code: { value: 'code', label: 'Code' },
  passkey: { value: 'passkey', label: 'Passkey' },
  elsewhere: { value: 'elsewhere', label: 'Account elsewhere' },
} as const
type Method = keyof typeof METHODS

/** Asks a person who is signed in to show once more who they are, before something that matters goes on. */
export function StepUpDialog({ user }: { user: User }) {
  const factors = useQuery(trpc.secondFactors.list.queryOptions())
  const providers = useOwnProviders(user)
  const methods = methodsOf({ user, factors: factors.data, providers })
  const [chosen, setChosen] = useState<Method | null>(null)
  const method = chosen ?? methods[0]
  return (
    <Dialog title="Confirm that it is you" onClose={() => answerStepUp(false)}>
      <div className="grid gap-5">
        <p className="text-ink-soft">
          This touches the safety of your account, so whoever sits here has to be you. It then counts for five
          minutes.
        </p>
        {methods.length > 1 && (
          <div>
            <ChoiceGroup
              label="Confirm by"
              value={method ?? 'password'}
              choices={methods.map((each) => METHODS[each])}
              onValue={setChosen}
            />
          </div>
        )}
        {method === 'elsewhere' && <StepUpElsewhere providers={providers ?? []} />}
        {method && method !== 'elsewhere' && <Confirm key={method} method={method} />}
        {!method && factors.data && providers && <NoWay />}
      </div>
    </Dialog>
  )
}

/** Where somebody without a password can show who they are; undefined: it is not known yet. */
function useOwnProviders(user: User): IdentityProvider[] | undefined {
  const enabled = !user.hasPassword
  const providers = useQuery({ ...trpc.auth.identityProviders.queryOptions(), enabled })
  const identities = useQuery({ ...trpc.users.identities.queryOptions(), enabled })
  if (!providers.data || !identities.data) return undefined
  const issuers = new Set(identities.data.map(({ issuer }) => issuer))
  return providers.data.filter(({ canOpen, issuer }) => canOpen && issuers.has(issuer))
}

function methodsOf(o: {
  user: User
  factors: SecondFactors | undefined
  providers: IdentityProvider[] | undefined
}): Method[] {
  const { user, factors, providers = [] } = o
  const hasCode = factors && (factors.totp.enabled || factors.recoveryCodesLeft > 0)
  return [
    ...(user.hasPassword ? (['password'] as const) : []),
    ...(hasCode ? (['code'] as const) : []),
    ...(factors && factors.passkeys.length > 0 ? (['passkey'] as const) : []),
    ...(providers.length > 0 ? (['elsewhere'] as const) : []),
  ]
}

function Confirm({ method }: { method: Exclude<Method, 'elsewhere'> }) {
  const [secret, setSecret] = useState('')
  const confirm = useMutation({
    mutationFn: async () => {
      if (method !== 'passkey') return trpcClient.auth.stepUp.mutate({ [method]: secret })
      const { options } = await trpcClient.auth.stepUpPasskeyOptions.mutate()
      return trpcClient.auth.stepUp.mutate({ passkey: await askPasskey(options) })
    },
    onSuccess: () => answerStepUp(true),
    gcTime: 0,
  })
  const problem = confirm.error ? problemOf(confirm.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!confirm.isPending) confirm.mutate()
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
      {problem && (
        <Notice tone="problem" live>
          {formProblem(problem, [method])}
        </Notice>
      )}
      {method === 'password' && (
        <SecretField
          label="Password"
          name="password"
          autoComplete="current-password"
          autoFocus
          required
          value={secret}
          onValue={setSecret}
          problem={fieldProblem(problem, 'password')}
        />
      )}
      {method === 'code' && (
        <CodeField
          hint="From your authenticator app, or one of your recovery codes."
          value={secret}
          onValue={setSecret}
          problem={fieldProblem(problem, 'code')}
        />
      )}
      {method === 'passkey' && <p className="text-sm">Your browser will ask for your passkey.</p>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => answerStepUp(false)}>Cancel</Button>
        <Button type="submit" look="primary" busy={confirm.isPending}>
          {method === 'passkey' ? 'Use a passkey' : 'Confirm'}
        </Button>
      </div>
    </form>
  )
}

/** Somebody who signs in by an account elsewhere alone. */
function NoWay() {
  return (
    <Notice tone="info">
      Your account has neither a password nor a second factor to confirm this with. Sign out and in again: for
      five minutes that counts as well.
    </Notice>
  )
}
