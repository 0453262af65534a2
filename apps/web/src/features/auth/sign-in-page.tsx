import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Notice } from '../../components/ui/notice.tsx'
import type { Problem } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { SecondFactorAsked } from '../../lib/types.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { OtherWays } from './other-ways.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondStep } from './second-step.tsx'
import { useEnter } from './use-enter.ts'

interface SignInPageProps {
  /** Where they were going. */
  next: string | undefined
  /** They have just deleted their account. */
  goodbye: boolean
}

/** Where a person signs in: by password and second factor, by passkey, or by an account elsewhere. */
export function SignInPage({ next, goodbye }: SignInPageProps) {
  const [asked, setAsked] = useState<SecondFactorAsked | null>(null)
  const [ended, setEnded] = useState<Problem | null>(null)
  const [keepSignedIn, setKeepSignedIn] = useState(false)
  const enter = useEnter(next)

  if (asked) {
    return (
      <SecondStep
        asked={asked}
        onUser={enter}
        onRestart={(problem) => {
          setAsked(null)
          setEnded(problem)
        }}
      />
    )
  }

  return (
    <>
      <AuthHeading title="Sign in">
        <SignUpOffer next={next} />
      </AuthHeading>
      <div className="grid gap-6">
        {ended && (
          <Notice tone="problem" live>
            {ended.message}
          </Notice>
        )}
        {goodbye && (
          <Notice tone="success" title="Your account is deleted" live>
            Everything of yours is gone from this installation. Remember to delete its API keys at your
            exchanges. Goodbye, and thank you.
          </Notice>
        )}
        {next && !ended && <Notice tone="info">Sign in to go on where you were.</Notice>}
        <PasswordForm
          keepSignedIn={keepSignedIn}
          onKeepSignedIn={setKeepSignedIn}
          onUser={enter}
          onAsked={(challenge) => {
            setEnded(null)
            setAsked(challenge)
          }}
        />
        <OtherWays keepSignedIn={keepSignedIn} next={next} onUser={enter} />
      </div>
    </>
  )
}

function SignUpOffer({ next }: { next: string | undefined }) {
  const { data } = useQuery(trpc.auth.signUpMode.queryOptions())
  if (data?.mode === 'closed') return 'New accounts are made by the administrator of this installation.'
  if (data?.mode === 'invitation') return 'No account yet? You need an invitation to make one here.'
  return (
    <>
      No account yet?{' '}
      <Link to="/sign-up" search={{ next }} className={TEXT_LINK}>
        Create one
      </Link>
    </>
  )
}
