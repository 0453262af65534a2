import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { linkToken } from '../../lib/link-token.ts'
import { problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { NewPasswordField } from './credential-fields.tsx'

/** Where the link of a mail leads that lets a person choose a new password. */
export function ResetPasswordPage() {
  const [token] = useState(() => linkToken(window.location, 'token'))
  const [password, setPassword] = useState('')
  const reset = useMutation(trpc.auth.resetPassword.mutationOptions({ gcTime: 0 }))
  const problem = reset.error ? problemOf(reset.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    reset.mutate({ token, password })
  }

  if (reset.isSuccess) {
    return (
      <>
        <AuthHeading title="Your password is changed">
          Every session has ended. Your second factors stay as they are.
        </AuthHeading>
        <Button asChild look="primary" className="w-full">
          <Link to="/sign-in">Sign in</Link>
        </Button>
      </>
    )
  }

  return (
    <>
      <AuthHeading title="Choose a new password">
        A link that has run out or was used already?{' '}
        <Link to="/forgot-password" className={TEXT_LINK}>
          Ask for another
        </Link>
      </AuthHeading>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <FormProblem problem={problem} fields={['password']} />
        {!token && <Notice tone="warning">The link is incomplete: open it from the mail again.</Notice>}
        <NewPasswordField autoFocus value={password} onValue={setPassword} problem={problem} />
        <Button type="submit" look="primary" busy={reset.isPending}>
          Change my password
        </Button>
      </form>
    </>
  )
}
