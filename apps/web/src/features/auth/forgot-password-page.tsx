import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { EmailField } from './credential-fields.tsx'

/** Where a person asks for a link to choose a new password. The answer is the same for every address. */
export function ForgotPasswordPage() {
  const [email, setEmail] = useState('')
  const request = useMutation(trpc.auth.requestPasswordReset.mutationOptions())
  const problem = request.error ? problemOf(request.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    request.mutate({ email })
  }

  return (
    <>
      <AuthHeading title="Forgot your password?">
        <Link to="/sign-in" className={TEXT_LINK}>
          Back to sign-in
        </Link>
      </AuthHeading>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        <FormProblem problem={problem} fields={['email']} />
        {request.isSuccess && (
          <Notice tone="success" title="Look for a mail" live>
            If that address has an account here, a link to choose a new password is on its way to it. It works
            once, for 30 minutes. Where no mail goes out, your administrator can hand you the link.
          </Notice>
        )}
        <EmailField value={email} onValue={setEmail} problem={problem} />
        <Button type="submit" look="primary" busy={request.isPending}>
          Send me a link
        </Button>
      </form>
    </>
  )
}
