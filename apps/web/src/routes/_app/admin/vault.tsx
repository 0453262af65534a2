import { createFileRoute } from '@tanstack/react-router'
import { VaultPage } from '../../../features/vault/vault-page.tsx'

export const Route = createFileRoute('/_app/admin/vault')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.admin.keys.status.queryOptions()),
  component: VaultPage,
})
