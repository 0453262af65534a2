import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { NotFoundPage } from '../../components/error-page.tsx'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { linkToken } from '../../lib/link-token.ts'
import { fieldProblem, formProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { IdentityProvider, SecondFactorAsked } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { useSignIn } from './provider-buttons.tsx'
import { SecondStep } from './second-step.tsx'
import { SetupCodeField } from './setup-code-field.tsx'
import { useEnter } from './use-enter.ts'

interface IdentitySignInPageProps {
  providerId: string
  next: string | undefined
}

/** Signs in with an account elsewhere: at its provider, or where that cannot be, by a token that it gave. */
export function IdentitySignInPage({ providerId, next }: IdentitySignInPageProps) {
  const { data: providers } = useSuspenseQuery(trpc.auth.identityProviders.queryOptions())
  const provider = providers.find(({ id }) => id === providerId)
  if (!provider) return <NotFoundPage />
  if (provider.canOpen) return <OpenProvider provider={provider} next={next} />
  return <TokenForm provider={provider} next={next} />
}

function OpenProvider({ provider, next }: { provider: IdentityProvider; next: string | undefined }) {
  const [keepSignedIn, setKeepSignedIn] = useState(false)
  const { leave, busy, problem } = useSignIn()

  function submit(event: FormEvent) {
    event.preventDefault()
    const invitation = linkToken(window.location, 'invitation') || undefined
    if (!busy) leave({ providerId: provider.id, next, keepSignedIn, invitation })
  }

  return (
    <>
      <Heading provider={provider} next={next} />
      <form onSubmit={submit} noValidate className="grid gap-5">
        {problem && (
          <Notice tone="problem" live>
            {problem.message}
          </Notice>
        )}
        <p className="text-ink-soft text-sm">
          You sign in there, at <b className="break-all">{new URL(provider.issuer).host}</b>, and come back
          here.
        </p>
        <CheckboxField
          label="Keep me signed in for 30 days"
          checked={keepSignedIn}
          onChecked={setKeepSignedIn}
        />
        <Button type="submit" look="primary" busy={busy}>
          Go on to {provider.name}
        </Button>
      </form>
    </>
  )
}

function Heading({ provider, next }: { provider: IdentityProvider; next: string | undefined }) {
  return (
    <AuthHeading title={`Sign in with ${provider.name}`}>
      <Link to="/sign-in" search={{ next }} className={TEXT_LINK}>
        Sign in another way
      </Link>
    </AuthHeading>
  )
}

function TokenForm({ provider, next }: { provider: IdentityProvider; next: string | undefined }) {
  const [token, setToken] = useState(() => linkToken(window.location, 'token'))
  const [keepSignedIn, setKeepSignedIn] = useState(false)
  const [asked, setAsked] = useState<SecondFactorAsked | null>(null)
  const [setupCode, setSetupCode] = useState('')
  const { data: signUp } = useQuery(trpc.auth.signUpMode.queryOptions())
  const enter = useEnter(next)
  const login = useMutation(
    trpc.auth.loginIdentity.mutationOptions({
      onSuccess: (answer) => ('user' in answer ? enter(answer.user) : setAsked(answer)),
    }),
  )
  const problem = login.error ? problemOf(login.error) : null
  const form = useFocusFault(problem)
  if (asked) return <SecondStep asked={asked} onUser={enter} onRestart={() => setAsked(null)} />

  function submit(event: FormEvent) {
    event.preventDefault()
    const invitation = linkToken(window.location, 'invitation') || undefined
    login.mutate({
      ...{ token: token.trim(), keepSignedIn, invitation },
      setupCode: setupCode.trim() || undefined,
    })
  }

  return (
    <>
      <Heading provider={provider} next={next} />
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        {problem && (
          <Notice tone="problem" live>
            {formProblem(problem, ['token', 'setupCode'])}
          </Notice>
        )}
        <Notice tone="info">
          This installation is not registered at {provider.name}, so it cannot send you there. A page of your
          organisation where you are signed in can bring you here with its token, or you paste the{' '}
          {provider.kind === 'clerk' ? 'session token' : 'ID token'} of <b>{provider.issuer}</b> below.
        </Notice>
        <SecretField
          label={`Token from ${provider.name}`}
          name="token"
          autoComplete="off"
          multiline
          required
          value={token}
          onValue={setToken}
          problem={fieldProblem(problem, 'token')}
        />
        {signUp?.needsSetupCode && (
          <SetupCodeField value={setupCode} onValue={setSetupCode} problem={problem} />
        )}
        <CheckboxField
          label="Keep me signed in for 30 days"
          checked={keepSignedIn}
          onChecked={setKeepSignedIn}
        />
        <Button type="submit" look="primary" busy={login.isPending}>
          Sign in with {provider.name}
        </Button>
      </form>
    </>
  )
}
