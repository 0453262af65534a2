import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { browserFormats } from '../../lib/format.ts'
import { linkToken } from '../../lib/link-token.ts'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { EmailField, NewPasswordField } from './credential-fields.tsx'
import { OrElse, ProviderButtons } from './provider-buttons.tsx'
import { SetupCodeField } from './setup-code-field.tsx'
import { useEnter } from './use-enter.ts'

/** Where a person makes an account; `next` is where they were going. */
export function SignUpPage({ next }: { next: string | undefined }) {
  const { data } = useSuspenseQuery(trpc.auth.signUpMode.queryOptions())
  const [invitation] = useState(() => linkToken(window.location, 'invitation'))
  if (data.mode === 'closed' || (data.mode === 'invitation' && !invitation)) {
    return <NoSignUp mode={data.mode} />
  }
  return <SignUpForm next={next} invitation={invitation} needsSetupCode={data.needsSetupCode ?? false} />
}

function NoSignUp({ mode }: { mode: 'closed' | 'invitation' }) {
  return (
    <>
      <AuthHeading title="Create your account">
        Have one already?{' '}
        <Link to="/sign-in" className={TEXT_LINK}>
          Sign in
        </Link>
      </AuthHeading>
      {mode === 'closed' ? (
        <Notice tone="info" title="Sign-up is closed">
          This installation takes no new accounts. Ask its administrator if you need one.
        </Notice>
      ) : (
        <Notice tone="info" title="By invitation">
          You need an invitation to sign up here. Ask the administrator of this installation for one, and open
          its link.
        </Notice>
      )}
    </>
  )
}

/** Those that show their own problems. */
const FIELDS = ['email', 'password', 'displayName', 'setupCode']

interface SignUpFormProps {
  next: string | undefined
  invitation: string
  /** Theirs would be the first account. */
  needsSetupCode: boolean
}

function SignUpForm({ next, invitation, needsSetupCode }: SignUpFormProps) {
  const [email, setEmail] = useState('')
  const [displayName, setDisplayName] = useState('')
  const [password, setPassword] = useState('')
  const [setupCode, setSetupCode] = useState('')
  const enter = useEnter(next)
  const adoptBrowser = useAdoptBrowserSettings()
  const register = useMutation(
    trpc.auth.register.mutationOptions({
      onSuccess: async ({ user }) => {
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
    register.mutate({
      email,
      password,
      displayName: displayName.trim() || undefined,
      invitation: invitation || undefined,
      setupCode: setupCode.trim() || undefined,
    })
  }

  if (register.data?.next === 'check-mail') {
    return (
      <>
        <AuthHeading title="Look for a mail">
          A link is on its way to {email.trim()}. It finishes your sign-up and works once, for 24 hours; then
          you sign in with the password that you have just chosen.
        </AuthHeading>
        <p className="text-ink-soft text-sm">
          Nothing there after some minutes? Look among the spam, check the address, or{' '}
          <button type="button" className={TEXT_LINK} onClick={() => register.reset()}>
            try again
          </button>
          .
        </p>
      </>
    )
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
        {invitation && !problem && <Notice tone="success">Your invitation is ready to be used.</Notice>}
        <FormProblem problem={problem} fields={FIELDS} />
        <EmailField value={email} onValue={setEmail} problem={problem} />
        <TextField
          label="Name"
          name="name"
          autoComplete="name"
          optional
          value={displayName}
          onValue={setDisplayName}
          problem={fieldProblem(problem, 'displayName')}
        />
        <NewPasswordField label="Password" value={password} onValue={setPassword} problem={problem} />
        {needsSetupCode && <SetupCodeField value={setupCode} onValue={setSetupCode} problem={problem} />}
        <Button type="submit" look="primary" busy={register.isPending}>
          Create account
        </Button>
      </form>
      <ProviderSignUp next={next} invitation={invitation} setupCode={setupCode.trim()} />
    </>
  )
}

/** An account elsewhere does without a password here. */
function ProviderSignUp(way: { next: string | undefined; invitation: string; setupCode: string }) {
  const { data: providers = [] } = useQuery(trpc.auth.identityProviders.queryOptions())
  if (providers.length === 0) return null
  return (
    <div className="mt-6 grid gap-3">
      <OrElse />
      <ProviderButtons providers={providers} action="Sign up" {...way} />
    </div>
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
