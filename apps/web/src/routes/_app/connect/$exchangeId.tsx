import { createFileRoute } from '@tanstack/react-router'
import { ConnectPage } from '../../../features/api-key/connect-page.tsx'

export const Route = createFileRoute('/_app/connect/$exchangeId')({
  loader: ({ context: { trpc, queryClient }, params: { exchangeId } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.exchanges.get.queryOptions({ exchangeId })),
      queryClient.ensureQueryData(trpc.portfolio.summary.queryOptions()),
      queryClient.ensureQueryData(trpc.apiKeys.list.queryOptions()),
    ]),
  component: ConnectExchange,
})

function ConnectExchange() {
  const { exchangeId } = Route.useParams()
  return <ConnectPage key={exchangeId} exchangeId={exchangeId} />
}
