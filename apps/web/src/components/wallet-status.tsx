import { CircleAlert, CircleCheck, CircleDashed, Clock, LoaderCircle } from 'lucide-react'
import type { WalletSummary } from '../lib/types.ts'
import { Badge } from './ui/badge.tsx'
import { When } from './when.tsx'

interface WalletStatusProps {
  wallet: WalletSummary
  /** Leaves out when it was read, where that stands beside it. */
  withoutAge?: boolean
}

/** How fresh a wallet is, in one line: what it is doing, what went wrong, and when it was last read. */
export function WalletStatus({ wallet, withoutAge }: WalletStatusProps) {
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
      return <Fault wallet={wallet} withoutAge={withoutAge} />
    case 'idle':
      if (wallet.syncError) return <Fault wallet={wallet} withoutAge={withoutAge} />
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

/** What is wrong, and how old what is shown is. */
function Fault({ wallet: { syncStatus, syncError, lastUpdated }, withoutAge }: WalletStatusProps) {
  const isFailed = syncStatus === 'failed'
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1 text-ink-faint text-sm">
      <Badge tone={isFailed ? 'problem' : 'warning'} icon={CircleAlert} title={syncError?.message}>
        {isFailed ? 'Last sync failed' : 'Incomplete'}
      </Badge>
      {!withoutAge && (lastUpdated ? <When at={lastUpdated} /> : 'never read')}
    </span>
  )
}
