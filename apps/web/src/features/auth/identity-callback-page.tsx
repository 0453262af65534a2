import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { LoaderCircle } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { type Arrival, arrival } from '../../lib/arrival.ts'
import { type Problem, problemOf } from '../../lib/problem.ts'
import { safeReturnPath } from '../../lib/return-path.ts'
import { currentUser } from '../../lib/session.ts'
import { announceStepUp } from '../../lib/step-up-channel.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { FinishedIdentity, SecondFactorAsked } from '../../lib/types.ts'
import { AuthHeading } from './auth-heading.tsx'
import { SecondStep } from './second-step.tsx'
import { useEnter } from './use-enter.ts'

const INCOMPLETE: Problem = {
  reason: 'INCOMPLETE',
  message: 'The address that you came back with is not complete. Start again.',
  ...{ fields: {}, httpStatus: 0 },
}

/** Where a provider of accounts elsewhere sends people back to: it goes on by itself. */
export function IdentityCallbackPage({ providerId }: { providerId: string }) {
  return arrival ? <Finish providerId={providerId} arrival={arrival} /> : <Failed problem={INCOMPLETE} />
}

function Finish({ providerId, arrival }: { providerId: string; arrival: Arrival }) {
  const [asked, setAsked] = useState<{ by: SecondFactorAsked; next: string | undefined } | null>(null)
  const [isConfirmed, setIsConfirmed] = useState(false)
  const queryClient = useQueryClient()
  const router = useRouter()
  const enter = useEnter()
  const begun = useRef(false)
  const finish = useMutation({
    mutationFn: async () => {
      // What has run out on the way is renewed first: a journey of somebody who is signed in ends for them alone.
      await currentUser(queryClient)
      return trpcClient.auth.finishIdentity.mutate({ providerId, ...arrival })
    },
    onSuccess: goOn,
  })
  const { mutate } = finish

  useEffect(() => {
    // React runs effects twice while one develops, and a journey ends once.
    if (!begun.current) mutate()
    begun.current = true
  }, [mutate])

  async function goOn(finished: FinishedIdentity): Promise<void> {
    const next = safeReturnPath(finished.next) ?? undefined
    if (finished.purpose === 'sign-in') {
      const { entered } = finished
      if ('user' in entered) await enter(entered.user, next)
      else setAsked({ by: entered, next })
      return
    }
    if (finished.purpose === 'link') {
      queryClient.setQueryData(trpc.users.identities.queryKey(), finished.identities)
      toastSuccess('That account signs you in from now on.')
    } else {
      announceStepUp()
      if (!next) return closeWindow()
      toastSuccess('Confirmed. For five minutes you are not asked again.')
    }
    await router.navigate({ href: next ?? '/settings/security', replace: true })
  }

  function closeWindow(): void {
    setIsConfirmed(true)
    window.close()
  }

  if (asked) {
    return (
      <SecondStep
        asked={asked.by}
        onUser={(user) => enter(user, asked.next)}
        onRestart={(problem) => {
          if (problem) toastProblem(problem.message)
          router.navigate({ to: '/sign-in', search: { next: asked.next }, replace: true })
        }}
      />
    )
  }
  if (isConfirmed) {
    return (
      <AuthHeading title="Confirmed">Go back to the page that asked. You can close this one.</AuthHeading>
    )
  }
  return finish.error ? <Failed problem={problemOf(finish.error)} /> : <Waiting />
}

function Waiting() {
  return (
    <>
      <AuthHeading title="One moment">What you come back with is being checked.</AuthHeading>
      <LoaderCircle aria-hidden className="size-6 animate-spin text-ink-faint" />
    </>
  )
}

const TITLES: Record<string, string> = {
  IDENTITY_DENIED: 'Nothing has changed',
  IDENTITY_FLOW_LOST: 'This has run out',
  IDENTITY_PROVIDER_DOWN: 'No answer',
  IDENTITY_PROVIDER_MISCONFIGURED: 'Not set up correctly',
  SETUP_CODE_REFUSED: 'Setup code needed',
}

function Failed({ problem }: { problem: Problem }) {
  const queryClient = useQueryClient()
  const isSignedIn = Boolean(queryClient.getQueryData(trpc.auth.me.queryKey())?.user)
  return (
    <>
      <AuthHeading title={TITLES[problem.reason] ?? 'This did not work'}>
        You were on your way back from an account elsewhere.
      </AuthHeading>
      <div className="grid gap-5">
        <Notice tone={problem.reason === 'IDENTITY_DENIED' ? 'info' : 'problem'} live>
          {problem.message}
        </Notice>
        <Button asChild look="primary">
          {isSignedIn ? (
            <Link to="/settings/security">Back to your security settings</Link>
          ) : problem.reason === 'SETUP_CODE_REFUSED' ? (
            <Link to="/sign-up">Enter the setup code</Link>
          ) : (
            <Link to="/sign-in">Back to sign-in</Link>
          )}
        </Button>
      </div>
    </>
  )
}
