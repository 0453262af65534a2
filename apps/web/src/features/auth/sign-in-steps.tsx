import { type ReactNode, useState } from 'react'
import { Notice } from '../../components/ui/notice.tsx'
import type { Problem } from '../../lib/problem.ts'
import type { SecondFactorAsked, User } from '../../lib/types.ts'
import { OtherWays } from './other-ways.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondStep } from './second-step.tsx'

interface SignInStepsProps {
  heading: ReactNode
  /** What there is to say above the form, until it has run out. */
  children: ReactNode
  /** Whose password is asked for, where that is known. */
  knownEmail?: string | undefined
  /** Where a provider of accounts elsewhere leads back to. */
  next: string | undefined
  onUser: (user: User) => Promise<void>
}

/** The steps of signing in: by password and second factor, by passkey, or by an account elsewhere. */
export function SignInSteps({ heading, children, knownEmail, next, onUser }: SignInStepsProps) {
  const [asked, setAsked] = useState<SecondFactorAsked | null>(null)
  const [ended, setEnded] = useState<Problem | null>(null)
  const [keepSignedIn, setKeepSignedIn] = useState(false)

  if (asked) {
    return (
      <SecondStep
        asked={asked}
        onUser={onUser}
        onRestart={(problem) => {
          setAsked(null)
          setEnded(problem)
        }}
      />
    )
  }

  return (
    <>
      {heading}
      <div className="grid gap-6">
        {ended ? (
          <Notice tone="problem" live>
            {ended.message}
          </Notice>
        ) : (
          children
        )}
        <PasswordForm
          knownEmail={knownEmail}
          keepSignedIn={keepSignedIn}
          onKeepSignedIn={setKeepSignedIn}
          onUser={onUser}
          onAsked={(challenge) => {
            setEnded(null)
            setAsked(challenge)
          }}
        />
        <OtherWays keepSignedIn={keepSignedIn} next={next} onUser={onUser} />
      </div>
    </>
  )
}
