import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { linkToken } from '../../lib/link-token.ts'
import { problemOf } from '../../lib/problem.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { NewPasswordField } from './credential-fields.tsx'

/** Where the link of a mail leads that lets a person choose a new password. */
export function ResetPasswordPage() {
  const [token] = useState(() => linkToken(window.location, 'token'))
  const [password, setPassword] = useState('')
  const [revokeApiTokens, setRevokeApiTokens] = useState(true)
  // A mutation to the server, so that the token stands in no address; it changes nothing.
  const { data: preview } = useQuery({
    queryKey: ['password-reset', token],
    queryFn: () => trpcClient.auth.inspectPasswordReset.mutate({ token }),
    enabled: token !== '',
  })
  const reset = useMutation(trpc.auth.resetPassword.mutationOptions({ gcTime: 0 }))
  const problem = reset.error ? problemOf(reset.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    reset.mutate({ token, password, revokeApiTokens })
  }

  if (reset.isSuccess) {
    return (
      <>
        <AuthHeading title="Your password is changed">
          You are signed out everywhere.{' '}
          {preview && preview.apiTokens > 0 && <TokensAfterwards {...preview} revoked={revokeApiTokens} />}{' '}
          Your second factors have not changed.
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
        {preview && preview.apiTokens > 0 && (
          <CheckboxField
            checked={revokeApiTokens}
            onChecked={setRevokeApiTokens}
            label={
              <>
                Revoke my {countOf(preview.apiTokens)}. Keep this checked if somebody else may know your old
                password: they could have created one. Programs that use a revoked token stop working.
              </>
            }
          />
        )}
        <Button type="submit" look="primary" busy={reset.isPending}>
          Change my password
        </Button>
      </form>
    </>
  )
}

function TokensAfterwards({ apiTokens, revoked }: { apiTokens: number; revoked: boolean }) {
  return revoked
    ? `Your ${countOf(apiTokens)} no longer ${apiTokens === 1 ? 'works' : 'work'}.`
    : `Your ${countOf(apiTokens)} still ${apiTokens === 1 ? 'works' : 'work'}.`
}

function countOf(apiTokens: number): string {
  return apiTokens === 1 ? 'API token' : `${apiTokens} API tokens`
}
