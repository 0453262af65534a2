import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { ChoiceGroup } from '../../components/ui/choice-group.tsx'
import { CodeField } from '../../components/ui/code-field.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { askPasskey } from '../../lib/passkey.ts'
import { fieldProblem, type Problem, problemOf } from '../../lib/problem.ts'
import { trpcClient } from '../../lib/trpc.ts'
import type { SecondFactorAsked, User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading } from './auth-heading.tsx'

type Method = SecondFactorAsked['methods'][number]

const WORDS: Record<Method, { label: string; hint: string }> = {
  totp: { label: 'App', hint: 'The six digits that your authenticator app shows now.' },
  passkey: { label: 'Passkey', hint: 'Your browser will ask for your passkey.' },
  recovery: {
    label: 'Recovery code',
    hint: 'One of the codes that you kept. Each works once, and this one will be used up.',
  },
}

interface SecondStepProps {
  asked: SecondFactorAsked
  onUser: (user: User) => Promise<void>
  /** Back to the password: by choice, or since the time for this step has run out. */
  onRestart: (problem: Problem | null) => void
}

/** The second step of signing in, after a right password or an account elsewhere. */
export function SecondStep({ asked, onUser, onRestart }: SecondStepProps) {
  const [method, setMethod] = useState<Method | undefined>(asked.methods[0])
  return (
    <>
      <AuthHeading title="One more step">Your account asks for a second proof that it is you.</AuthHeading>
      <div className="grid gap-5">
        {asked.methods.length > 1 && method && (
          <div>
            <ChoiceGroup
              label="Confirm by"
              value={method}
              choices={asked.methods.map((value) => ({ value, label: WORDS[value].label }))}
              onValue={setMethod}
            />
          </div>
        )}
        {method ? (
          <Answer key={method} method={method} asked={asked} onUser={onUser} onRestart={onRestart} />
        ) : (
          <Notice tone="problem">
            No second factor of yours can be used at this address. Open the installation at its own address.
          </Notice>
        )}
        <Button look="quiet" onClick={() => onRestart(null)}>
          Sign in as somebody else
        </Button>
      </div>
    </>
  )
}

function Answer({ method, asked, onUser, onRestart }: SecondStepProps & { method: Method }) {
  const [code, setCode] = useState('')
  const { challengeToken, passkeyOptions } = asked
  const answer = useMutation({
    mutationFn: async () => {
      if (method !== 'passkey' || !passkeyOptions) {
        return trpcClient.auth.loginSecondFactor.mutate({ challengeToken, code })
      }
      const passkey = await askPasskey(passkeyOptions)
      return trpcClient.auth.loginSecondFactor.mutate({ challengeToken, passkey })
    },
    onSuccess: ({ user }) => onUser(user),
    onError: (error) => {
      const ended = problemOf(error)
      if (ended.reason === 'CHALLENGE_ENDED') onRestart(ended)
    },
  })
  const problem = answer.error ? problemOf(answer.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!answer.isPending) answer.mutate()
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
      <FormProblem problem={problem} fields={['code']} />
      {method === 'passkey' ? (
        <p className="text-ink-soft text-sm">{WORDS.passkey.hint}</p>
      ) : (
        <CodeField
          label={method === 'totp' ? 'Code' : 'Recovery code'}
          hint={WORDS[method].hint}
          numeric={method === 'totp'}
          value={code}
          onValue={setCode}
          problem={fieldProblem(problem, 'code')}
        />
      )}
      <Button type="submit" look="primary" busy={answer.isPending}>
        {method === 'passkey' ? 'Use a passkey' : 'Sign in'}
      </Button>
    </form>
  )
}
