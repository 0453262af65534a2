import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { browserFormats } from '../../lib/format.ts'
import { fieldProblem, formProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { useEnter } from './use-enter.ts'

/** Where a person makes an account; `next` is where they were going. */
export function SignUpPage({ next }: { next: string | undefined }) {
  const [email, setEmail] = useState('')
  const [displayName, setDisplayName] = useState('')
  const [password, setPassword] = useState('')
  const enter = useEnter(next)
  const adoptBrowser = useAdoptBrowserSettings()
  const register = useMutation(
    trpc.auth.register.mutationOptions({
      onSuccess: async ({ user }) => {
        // Without a user there is a mail to look for, which the page says.
        if (!user) return
        await adoptBrowser()
        await enter(user)
      },
    }),
  )
  const problem = register.error ? problemOf(register.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    register.mutate({ email, password, displayName: displayName.trim() || undefined })
  }

  return (
    <>
      <AuthHeading title="Create your account">
        Have one already?{' '}
        <Link to="/sign-in" search={{ next }} className={TEXT_LINK}>
          Sign in
        </Link>
      </AuthHeading>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
        {register.data?.next === 'check-mail' && (
          <Notice tone="success" live>
            Look for a mail from us: its link finishes the sign-up. Then sign in.
          </Notice>
        )}
        {problem && (
          <Notice tone="problem" live>
            {formProblem(problem, ['email', 'password', 'displayName'])}
          </Notice>
        )}
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
        <TextField
          label="Name"
          name="name"
          autoComplete="name"
          optional
          value={displayName}
          onValue={setDisplayName}
          problem={fieldProblem(problem, 'displayName')}
        />
        <SecretField
          label="Password"
          name="password"
          autoComplete="new-password"
          required
          hint="At least 15 characters. A few words in a row are easy to remember and hard to guess."
          value={password}
          onValue={setPassword}
          problem={fieldProblem(problem, 'password')}
        />
        <Button type="submit" look="primary" busy={register.isPending}>
          Create account
        </Button>
      </form>
    </>
  )
}

/** Starts a new person off in the language and time zone of their browser. Failing that, they choose in the settings. */
function useAdoptBrowserSettings(): () => Promise<void> {
  const { mutateAsync } = useMutation(trpc.settings.set.mutationOptions())
  return async () => {
    const { locale, timeZone } = browserFormats()
    await Promise.allSettled([
      mutateAsync({ key: 'locale', value: locale }),
      mutateAsync({ key: 'timeZone', value: timeZone }),
    ])
  }
}
