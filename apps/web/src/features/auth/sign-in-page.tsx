import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, formProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { useEnter } from './use-enter.ts'

interface SignInPageProps {
  /** Where they were going. */
  next: string | undefined
  /** They have just deleted their account. */
  goodbye: boolean
}

/** Where a person signs in. */
export function SignInPage({ next, goodbye }: SignInPageProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [keepSignedIn, setKeepSignedIn] = useState(false)
  const enter = useEnter(next)
  const login = useMutation(trpc.auth.login.mutationOptions({ onSuccess: ({ user }) => enter(user) }))
  const problem = login.error ? problemOf(login.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    login.mutate({ email, password, keepSignedIn })
  }

  return (
    <>
      <AuthHeading title="Sign in">
        No account yet?{' '}
        <Link to="/sign-up" search={{ next }} className={TEXT_LINK}>
          Create one
        </Link>
      </AuthHeading>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        {problem && (
          <Notice tone="problem" live>
            {formProblem(problem, ['email', 'password'])}
          </Notice>
        )}
        {goodbye && !problem && (
          <Notice tone="success" title="Your account is deleted" live>
            Everything of yours is gone from this installation. Remember to delete its API keys at your
            exchanges. Goodbye, and thank you.
          </Notice>
        )}
        {next && !problem && <Notice tone="info">Sign in to go on where you were.</Notice>}
        <TextField
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          autoFocus
          required
          value={email}
          onValue={setEmail}
          problem={fieldProblem(problem, 'email')}
        />
        <SecretField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onValue={setPassword}
          problem={fieldProblem(problem, 'password')}
        />
        <CheckboxField
          label="Keep me signed in for 30 days"
          checked={keepSignedIn}
          onChecked={setKeepSignedIn}
        />
        <Button type="submit" look="primary" busy={login.isPending}>
          Sign in
        </Button>
      </form>
    </>
  )
}
