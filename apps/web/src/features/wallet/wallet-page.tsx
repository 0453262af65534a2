import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { HistoryPanel } from '../../components/history/history-panel.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { HistoryRange } from '../../lib/types.ts'
import { walletName } from '../../lib/wallet-name.ts'
import { BalancesPanel } from './balances-panel.tsx'
import { SyncPanel } from './sync-panel.tsx'
import { isSyncing, useSync } from './use-sync.ts'
import type { BalanceView, WalletSearch } from './wallet-search.ts'

/** Asked again this often while a sync runs, in case no live update comes through. */
const POLL_WHILE_SYNCING_MS = 2_000

interface WalletPageProps {
  walletId: string
  range: HistoryRange
  view: BalanceView
  onSearch: (change: Partial<WalletSearch>) => void
}

/** One wallet: what it is worth, how fresh that is, how it went, and every balance in it. */
export function WalletPage({ walletId, range, view, onSearch }: WalletPageProps) {
  const { data: wallet } = useSuspenseQuery(
    trpc.wallets.get.queryOptions(
      { walletId },
      { refetchInterval: ({ state }) => state.data && isSyncing(state.data) && POLL_WHILE_SYNCING_MS },
    ),
  )
  const sync = useSync(wallet)
  return (
    <div className="grid gap-5">
      <PageHeader
        title={walletName(wallet)}
        actions={
          <>
            <Button size="small" look="quiet" asChild>
              <Link to="/keys">Its API keys</Link>
            </Button>
            <Button size="small" look="primary" busy={sync.busy} onClick={sync.start}>
              {sync.busy ? 'Syncing' : 'Sync now'}
            </Button>
          </>
        }
      />
      <div className="grid gap-5 xl:grid-cols-[minmax(20rem,1fr)_minmax(0,1.9fr)]">
        <SyncPanel wallet={wallet} />
        <HistoryPanel walletId={walletId} range={range} onRange={(next) => onSearch({ range: next })} />
      </div>
      <BalancesPanel wallet={wallet} view={view} onView={onSearch} />
    </div>
  )
}
