import { useQueryClient } from '@tanstack/react-query'
import { Notice } from '../../components/ui/notice.tsx'
import { hasAddress } from '../../lib/own-address.ts'
import { beginSession, resumeSession } from '../../lib/session.ts'
import type { User } from '../../lib/types.ts'
import { AuthHeading } from './auth-heading.tsx'
import { GuestFrame } from './guest-layout.tsx'
import { SignInSteps } from './sign-in-steps.tsx'

/** Stands in front of a page whose session has ended: the same person goes on there, another one begins anew. */
export function SignInAgain({ user }: { user: User }) {
  const queryClient = useQueryClient()
  const { pathname, search } = window.location

  async function goOn(entered: User): Promise<void> {
    if (entered.userId !== user.userId) {
      beginSession(queryClient, entered)
      return window.location.assign('/')
    }
    const focused = resumeSession(queryClient, entered)
    // Once the page is in sight again.
    requestAnimationFrame(() => focused instanceof HTMLElement && focused.focus())
  }

  return (
    <GuestFrame>
      <SignInSteps
        heading={
          <AuthHeading title="Sign in">Your session has ended, as it does when it is not used.</AuthHeading>
        }
        knownEmail={hasAddress(user) ? user.email : undefined}
        next={`${pathname}${search}`}
        onUser={goOn}
      >
        <Notice tone="info">
          Sign in to go on where you were. What you have typed there is still there.
        </Notice>
      </SignInSteps>
    </GuestFrame>
  )
}
