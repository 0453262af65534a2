import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { hasAddress } from '../../lib/own-address.ts'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { useNow } from '../../lib/use-now.ts'
import { NewPasswordField } from '../auth/credential-fields.tsx'

/** A person's password: another one, or a first one by mail. */
export function PasswordPanel({ user, hasSecondFactor }: { user: User; hasSecondFactor: boolean }) {
  return (
    <Panel title="Password">
      {user.hasPassword && <ChangeForm hasSecondFactor={hasSecondFactor} />}
      {!user.hasPassword && (hasAddress(user) ? <FirstPassword email={user.email} /> : <NoAddress />)}
    </Panel>
  )
}

function ChangeForm({ hasSecondFactor }: { hasSecondFactor: boolean }) {
  const [currentPassword, setCurrentPassword] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const [revokeApiTokens, setRevokeApiTokens] = useState(false)
  const queryClient = useQueryClient()
  const now = useNow()
  const { data: tokens = [] } = useQuery(trpc.apiTokens.list.queryOptions())
  const working = tokens.filter(({ expiresAt }) => expiresAt === null || new Date(expiresAt) > now)
  const change = useMutation(
    trpc.users.changePassword.mutationOptions({
      gcTime: 0,
      onSuccess: () => {
        setCurrentPassword('')
        setNewPassword('')
        setRevokeApiTokens(false)
        const rest = revokeApiTokens && working.length > 0 ? ' Your API tokens have been revoked.' : ''
        toastSuccess(`Your password is changed. Your other sessions have ended.${rest}`)
        return queryClient.invalidateQueries(trpc.apiTokens.list.queryFilter())
      },
    }),
  )
  const problem = change.error ? problemOf(change.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!change.isPending) change.mutate({ currentPassword, newPassword, revokeApiTokens })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid max-w-md gap-5">
      <FormProblem problem={problem} fields={['currentPassword', 'newPassword']} />
      <SecretField
        label="Current password"
        name="current-password"
        autoComplete="current-password"
        required
        value={currentPassword}
        onValue={setCurrentPassword}
        problem={fieldProblem(problem, 'currentPassword')}
      />
      <NewPasswordField
        hasSecondFactor={hasSecondFactor}
        value={newPassword}
        onValue={setNewPassword}
        problem={problem}
      />
      {working.length > 0 && (
        <div className="grid gap-2">
          <CheckboxField
            checked={revokeApiTokens}
            onChecked={setRevokeApiTokens}
            label={`Also revoke my API tokens (${working.length})`}
          />
          <p className="pl-6.5 text-ink-faint text-sm">
            {revokeApiTokens
              ? 'Programs that use them stop working.'
              : 'They keep working with the new password. Check this if somebody else may know your old password.'}{' '}
            <Link to="/settings/tokens" className="font-medium text-brand underline underline-offset-3">
              Review your tokens
            </Link>
          </p>
        </div>
      )}
      <Button type="submit" className="justify-self-start" busy={change.isPending}>
        Change password
      </Button>
    </form>
  )
}

function FirstPassword({ email }: { email: string }) {
  const request = useMutation(
    trpc.auth.requestPasswordReset.mutationOptions({
      onSuccess: () => toastSuccess('A link to choose a password is on its way to you.'),
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return (
    <>
      <p className="max-w-2xl text-ink-soft text-sm">
        Your account has no password: you sign in by other means. A link to {email} lets you choose one.
      </p>
      <Button className="mt-4" busy={request.isPending} onClick={() => request.mutate({ email })}>
        Send me a link
      </Button>
    </>
  )
}

function NoAddress() {
  return (
    <p className="max-w-2xl text-ink-soft text-sm">
      Your account has no password: you sign in by other means. To choose one you need an address first, which
      you can give on the{' '}
      <Link to="/settings/account" className="font-medium text-brand underline underline-offset-3">
        Account page
      </Link>
      .
    </p>
  )
}
