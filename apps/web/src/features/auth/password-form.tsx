import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { SecondFactorAsked, User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { TEXT_LINK } from './auth-heading.tsx'
import { EmailField } from './credential-fields.tsx'

interface PasswordFormProps {
  /** Whose password is asked for, where that is known. */
  knownEmail?: string | undefined
  keepSignedIn: boolean
  onKeepSignedIn: (keep: boolean) => void
  onUser: (user: User) => Promise<void>
  /** The password was right, and a second factor is wanted. */
  onAsked: (asked: SecondFactorAsked) => void
}

/** The first step of signing in with a password. */
export function PasswordForm({
  knownEmail,
  keepSignedIn,
  onKeepSignedIn,
  onUser,
  onAsked,
}: PasswordFormProps) {
  const [email, setEmail] = useState(knownEmail ?? '')
  const [password, setPassword] = useState('')
  const login = useMutation(
    trpc.auth.login.mutationOptions({
      onSuccess: (answer) => ('user' in answer ? onUser(answer.user) : onAsked(answer)),
    }),
  )
  const problem = login.error ? problemOf(login.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    login.mutate({ email, password, keepSignedIn })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
      <FormProblem problem={problem} fields={['email', 'password']} />
      <EmailField autoFocus={!knownEmail} value={email} onValue={setEmail} problem={problem} />
      <SecretField
        label="Password"
        name="password"
        autoComplete="current-password"
        autoFocus={Boolean(knownEmail)}
        required
        value={password}
        onValue={setPassword}
        problem={fieldProblem(problem, 'password')}
      />
      <CheckboxField
        label="Keep me signed in for 30 days"
        checked={keepSignedIn}
        onChecked={onKeepSignedIn}
      />
      <Button type="submit" look="primary" busy={login.isPending}>
        Sign in
      </Button>
      <p className="text-center text-sm">
        <Link to="/forgot-password" className={TEXT_LINK}>
          Forgot your password?
        </Link>
      </p>
    </form>
  )
}
