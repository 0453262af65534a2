import { createFileRoute } from '@tanstack/react-router'
import { SignUpPage } from '../../features/auth/sign-up-page.tsx'

export const Route = createFileRoute('/_guest/sign-up')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.auth.signUpMode.queryOptions()),
  component: SignUp,
})

function SignUp() {
  const { next } = Route.useSearch()
  return <SignUpPage next={next} />
}
