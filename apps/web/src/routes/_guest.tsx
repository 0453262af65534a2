import { createFileRoute, redirect } from '@tanstack/react-router'
import { StandaloneErrorPage } from '../components/error-page.tsx'
import { GuestSkeleton } from '../components/frame-skeleton.tsx'
import { GuestLayout } from '../features/auth/guest-layout.tsx'
import { returnSearch } from '../lib/search.ts'
import { currentUser } from '../lib/session.ts'

export const Route = createFileRoute('/_guest')({
  validateSearch: returnSearch,
  beforeLoad: async ({ context, search }) => {
    if (await currentUser(context.queryClient)) throw redirect({ href: search.next ?? '/' })
  },
  component: GuestLayout,
  pendingComponent: GuestSkeleton,
  errorComponent: StandaloneErrorPage,
})
