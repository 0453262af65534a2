import { createFileRoute } from '@tanstack/react-router'
import { SignUpAdminPage } from '../../../features/people/sign-up-admin-page.tsx'

export const Route = createFileRoute('/_app/admin/sign-up')({
  loader: ({ context: { trpc, queryClient } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.auth.signUpMode.queryOptions()),
      queryClient.ensureQueryData(trpc.admin.invitations.list.queryOptions()),
    ]),
  component: SignUpAdminPage,
})
