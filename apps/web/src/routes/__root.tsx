import { createRootRouteWithContext, Outlet } from '@tanstack/react-router'
import { StandaloneErrorPage, StandaloneNotFoundPage } from '../components/error-page.tsx'
import { Toaster } from '../components/toaster.tsx'
import type { RouterContext } from '../lib/router-context.ts'

export const Route = createRootRouteWithContext<RouterContext>()({
  component: Root,
  errorComponent: StandaloneErrorPage,
  notFoundComponent: StandaloneNotFoundPage,
})

function Root() {
  return (
    <>
      <Outlet />
      <Toaster />
    </>
  )
}
