import { useMutation } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { answerStepUp } from '../../lib/step-up.ts'
import { onStepUpAnnounced } from '../../lib/step-up-channel.ts'
import { trpcClient } from '../../lib/trpc.ts'
import type { IdentityProvider } from '../../lib/types.ts'

interface Start {
  providerId: string
  /** Null: the browser let none open. */
  opened: Window | null
}

/**
 * Has a person sign in once more where they have their account. That happens in a window of its own, so that what they
 * have begun on this page stays; where none may open, this page goes there and comes back.
 */
export function StepUpElsewhere({ providers }: { providers: readonly IdentityProvider[] }) {
  useEffect(() => onStepUpAnnounced(() => answerStepUp(true)), [])
  const start = useMutation({
    mutationFn: async ({ providerId, opened }: Start) => {
      const { pathname, search } = window.location
      const next = opened ? undefined : `${pathname}${search}`
      return trpcClient.auth.startIdentityStepUp.mutate({ providerId, next })
    },
    onSuccess: ({ url }, { opened }) => (opened ? opened.location.replace(url) : window.location.assign(url)),
    onError: (_, { opened }) => opened?.close(),
  })
  return (
    <div className="grid gap-5">
      {start.error && (
        <Notice tone="problem" live>
          {problemOf(start.error).message}
        </Notice>
      )}
      {start.isSuccess && (
        <Notice tone="info" live>
          Sign in there, in the window that has opened. This page then goes on by itself.
        </Notice>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => answerStepUp(false)}>Cancel</Button>
        {providers.map(({ id, name }) => (
          <Button
            key={id}
            look={start.isSuccess ? 'secondary' : 'primary'}
            busy={start.isPending && start.variables.providerId === id}
            onClick={() => !start.isPending && start.mutate({ providerId: id, opened: openWindow() })}
          >
            <ExternalLink aria-hidden className="size-4" />
            {start.isSuccess ? 'Open it again' : `Sign in at ${name}`}
          </Button>
        ))}
      </div>
    </div>
  )
}

/** Empty until it is known where to go: browsers let windows open upon a press alone. */
function openWindow(): Window | null {
  return window.open('about:blank', '_blank')
}
