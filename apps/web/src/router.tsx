import { createRouter } from '@tanstack/react-router'
import { ErrorPage, NotFoundPage } from './components/error-page.tsx'
import { PageSkeleton } from './components/ui/skeleton.tsx'
import { routeTree } from './generated/route-tree.ts'
import { queryClient, trpc } from './lib/trpc.ts'

/** The application's one router. Data lives in the query client; the router keeps none of its own. */
export const router = createRouter({
  routeTree,
  context: { trpc, queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 200,
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
