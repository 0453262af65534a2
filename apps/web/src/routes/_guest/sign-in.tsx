import { createFileRoute } from '@tanstack/react-router'
import { SignInPage } from '../../features/auth/sign-in-page.tsx'

export const Route = createFileRoute('/_guest/sign-in')({ component: SignIn })

function SignIn() {
  const { next, goodbye = false } = Route.useSearch()
  return <SignInPage next={next} goodbye={goodbye} />
}
