import { createFileRoute } from '@tanstack/react-router'
import { ApiKeysPage } from '../../features/api-key/api-keys-page.tsx'

export const Route = createFileRoute('/_app/keys')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.apiKeys.list.queryOptions()),
  component: ApiKeysPage,
})
