import { createRootRouteWithContext, Outlet } from '@tanstack/react-router'
import { Toaster } from '../components/toaster.tsx'
import type { RouterContext } from '../lib/router-context.ts'

export const Route = createRootRouteWithContext<RouterContext>()({ component: Root })

function Root() {
  return (
    <>
      <Outlet />
      <Toaster />
    </>
  )
}
