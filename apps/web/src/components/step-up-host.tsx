import { lazy, Suspense, useSyncExternalStore } from 'react'
import { isStepUpAsked, subscribeToStepUp } from '../lib/step-up.ts'
import type { User } from '../lib/types.ts'

const StepUpDialog = lazy(async () => ({
  default: (await import('../features/access/step-up-dialog.tsx')).StepUpDialog,
}))

/** Where the question who the person is opens, whichever page has caused it. */
export function StepUpHost({ user }: { user: User }) {
  const isAsked = useSyncExternalStore(subscribeToStepUp, isStepUpAsked)
  if (!isAsked) return null
  return (
    <Suspense>
      <StepUpDialog user={user} />
    </Suspense>
  )
}
