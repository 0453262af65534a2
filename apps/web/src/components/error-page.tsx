import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { CloudOff, SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { problemOf } from '../lib/problem.ts'
import { Wordmark } from './brand.tsx'
import { DocumentTitle } from './document-title.tsx'
import { EmptyState } from './empty-state.tsx'
import { Button } from './ui/button.tsx'

/** What a page shows when it could not be read or drawn: the reason and the ways on. */
export function ErrorPage({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter()
  const queryErrors = useQueryErrorResetBoundary()
  const problem = problemOf(error)
  if (problem.reason === 'NOT_FOUND') return <NotFoundPage />

  function tryAgain() {
    queryErrors.reset()
    reset()
    router.invalidate()
  }

  return (
    <div role="alert">
      <DocumentTitle>Something went wrong</DocumentTitle>
      <EmptyState
        asPage
        icon={CloudOff}
        title="This page could not be shown"
        actions={
          <>
            <Button look="primary" onClick={tryAgain}>
              Try again
            </Button>
            <Button asChild>
              <Link to="/">Go to the dashboard</Link>
            </Button>
          </>
        }
      >
        {problem.message}
      </EmptyState>
    </div>
  )
}

/** What an address that leads nowhere shows. */
export function NotFoundPage() {
  return (
    <div>
      <DocumentTitle>Not found</DocumentTitle>
      <EmptyState
        asPage
        icon={SearchX}
        title="There is nothing at this address"
        actions={
          <Button asChild look="primary">
            <Link to="/">Go to the dashboard</Link>
          </Button>
        }
      >
        It may have been deleted, belong to somebody else, or the link was cut short.
      </EmptyState>
    </div>
  )
}

/** The same where no frame of the application stands around it. */
export function StandaloneErrorPage(props: { error: unknown; reset: () => void }) {
  return (
    <Standalone>
      <ErrorPage {...props} />
    </Standalone>
  )
}

/** The same where no frame of the application stands around it. */
export function StandaloneNotFoundPage() {
  return (
    <Standalone>
      <NotFoundPage />
    </Standalone>
  )
}

function Standalone({ children }: { children: ReactNode }) {
  return (
    <main id="main" className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="grid justify-items-center gap-4">
        <Wordmark className="text-ink" />
        {children}
      </div>
    </main>
  )
}
