import { createFileRoute } from '@tanstack/react-router'
import { StandaloneErrorPage } from '../components/error-page.tsx'
import { GuestLayout } from '../features/auth/guest-layout.tsx'

/** Where links of mails lead, whether or not somebody is signed in in this browser. */
export const Route = createFileRoute('/_link')({
  component: GuestLayout,
  errorComponent: StandaloneErrorPage,
})
