import { createFileRoute } from '@tanstack/react-router'
import { DEFAULT_RANGE } from '../../../components/history/ranges.ts'
import { WalletPage } from '../../../features/wallet/wallet-page.tsx'
import { walletSearch } from '../../../features/wallet/wallet-search.ts'

export const Route = createFileRoute('/_app/wallets/$walletId')({
  validateSearch: walletSearch,
  loader: ({ context: { trpc, queryClient }, params: { walletId } }) =>
    queryClient.ensureQueryData(trpc.wallets.get.queryOptions({ walletId })),
  component: Wallet,
})

function Wallet() {
  const { walletId } = Route.useParams()
  const { range = DEFAULT_RANGE, ...view } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <WalletPage
      key={walletId}
      walletId={walletId}
      range={range}
      view={view}
      onSearch={(change) =>
        navigate({ search: (current) => ({ ...current, ...change }), replace: true, resetScroll: false })
      }
    />
  )
}
