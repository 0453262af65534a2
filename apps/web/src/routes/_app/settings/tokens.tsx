import { createFileRoute } from '@tanstack/react-router'
import { TokensPage } from '../../../features/access/tokens-page.tsx'

export const Route = createFileRoute('/_app/settings/tokens')({
  loader: ({ context: { trpc, queryClient } }) =>
    queryClient.ensureQueryData(trpc.apiTokens.list.queryOptions()),
  component: TokensPage,
})
