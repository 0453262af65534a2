import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Notice } from '../../components/ui/notice.tsx'
import { trpc } from '../../lib/trpc.ts'
import { AuthHeading, TEXT_LINK } from './auth-heading.tsx'
import { SignInSteps } from './sign-in-steps.tsx'
import { useEnter } from './use-enter.ts'

interface SignInPageProps {
  /** Where they were going. */
  next: string | undefined
  /** They have just deleted their account. */
  goodbye: boolean
}

/** Where a person signs in. */
export function SignInPage({ next, goodbye }: SignInPageProps) {
  const enter = useEnter(next)
  return (
    <SignInSteps
      heading={
        <AuthHeading title="Sign in">
          <SignUpOffer next={next} />
        </AuthHeading>
      }
      next={next}
      onUser={enter}
    >
      {goodbye && (
        <Notice tone="success" title="Your account is deleted" live>
          Everything of yours is gone from this installation. Remember to delete its API keys at your
          exchanges. Goodbye, and thank you.
        </Notice>
      )}
      {next && <Notice tone="info">Sign in to go on where you were.</Notice>}
    </SignInSteps>
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
