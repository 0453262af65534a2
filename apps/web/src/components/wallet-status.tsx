import { CircleAlert, CircleCheck, CircleDashed, Clock, LoaderCircle } from 'lucide-react'
import type { WalletSummary } from '../lib/types.ts'
import { Badge } from './ui/badge.tsx'
import { When } from './when.tsx'

/** How fresh a wallet is, in one line: what it is doing, what went wrong, or when it was last read. */
export function WalletStatus({ wallet }: { wallet: WalletSummary }) {
  switch (wallet.syncStatus) {
    case 'queued':
      return (
        <Badge tone="neutral" icon={Clock}>
          Waiting to sync
        </Badge>
      )
    case 'running':
      return (
        <Badge tone="good" icon={LoaderCircle} className="[&>svg]:animate-spin">
          Syncing{wallet.syncStep ? `: ${wallet.syncStep}` : ''}
        </Badge>
      )
    case 'failed':
      return (
        <Badge tone="problem" icon={CircleAlert} title={wallet.syncError?.message}>
          Last sync failed
        </Badge>
      )
    case 'idle':
      return wallet.lastUpdated ? (
        <span className="inline-flex items-center gap-1.5 text-ink-faint text-sm">
          <CircleCheck aria-hidden className="size-4 text-brand" />
          <When at={wallet.lastUpdated} />
        </span>
      ) : (
        <Badge tone="neutral" icon={CircleDashed}>
          Not synced yet
        </Badge>
      )
  }
}
