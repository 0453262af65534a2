import { Link } from '@tanstack/react-router'
import { Headline } from '../../components/figures.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { WalletStatus } from '../../components/wallet-status.tsx'
import { When } from '../../components/when.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { Wallet } from '../../lib/types.ts'
import { useNow } from '../../lib/use-now.ts'
import { SyncSteps } from './sync-steps.tsx'
import { isSyncing } from './use-sync.ts'

/** What only another key mends. */
const NEEDS_KEY = new Set(['NO_KEY', 'NO_READ_KEY'])

/** What a wallet is worth, when it was read, how a running sync goes, and why the last one failed. */
export function SyncPanel({ wallet }: { wallet: Wallet }) {
  const formats = useFormats()
  const isFailed = wallet.syncStatus === 'failed'
  return (
    <section
      aria-label="Total"
      className="flex flex-col gap-4 rounded-lg border border-line bg-panel px-4 py-4 sm:px-5 sm:py-5"
    >
      <div>
        <p className="eyebrow">Total value</p>
        <Headline value={wallet.totalUsdValue} of="panel" />
        {wallet.unpricedAssets > 0 && (
          <p className="mt-1 text-sm text-warning">
            {formats.count(wallet.unpricedAssets)} unpriced {wallet.unpricedAssets === 1 ? 'asset' : 'assets'}{' '}
            not counted
          </p>
        )}
      </div>
      {isSyncing(wallet) ? <SyncSteps wallet={wallet} /> : <Freshness wallet={wallet} />}
      {wallet.syncError && !isSyncing(wallet) && (
        <Notice
          tone={isFailed ? 'problem' : 'warning'}
          title={isFailed ? 'The last sync failed' : 'The last sync was incomplete'}
        >
          {wallet.syncError.message}
          {isFailed && wallet.lastUpdated && ' The balances below are the last that were read.'}
          {wallet.syncError.retryAt && <Retry at={wallet.syncError.retryAt} />}
          {NEEDS_KEY.has(wallet.syncError.code) && (
            <Link
              to="/connect/$exchangeId"
              params={{ exchangeId: wallet.exchangeId }}
              className="mt-1 block font-medium text-brand hover:text-brand-strong"
            >
              Add a key for reading
            </Link>
          )}
        </Notice>
      )}
    </section>
  )
}

function Retry({ at }: { at: string }) {
  const now = useNow()
  if (new Date(at) <= now) return ' It is about to be tried again.'
  return (
    <>
      {' '}
      It is tried again <When at={at} />.
    </>
  )
}

function Freshness({ wallet }: { wallet: Wallet }) {
  const formats = useFormats()
  const now = useNow()
  return (
    <dl className="grid gap-2 border-line border-t pt-4 text-sm">
      <div className="flex items-center justify-between gap-4">
        <dt className="text-ink-faint">Balances read</dt>
        <dd>{wallet.lastUpdated ? <When at={wallet.lastUpdated} /> : 'never'}</dd>
      </div>
      <div className="flex items-center justify-between gap-4">
        <dt className="text-ink-faint">State</dt>
        <dd>
          {wallet.syncStatus === 'idle' && wallet.lastUpdated && !wallet.syncError ? (
            'up to date'
          ) : (
            <WalletStatus wallet={wallet} withoutAge />
          )}
        </dd>
      </div>
      <div className="flex items-center justify-between gap-4">
        <dt className="text-ink-faint">Assets</dt>
        <dd className="tabular">{formats.count(new Set(wallet.balances.map(({ asset }) => asset)).size)}</dd>
      </div>
      {wallet.nextSyncAt && (
        <div className="flex items-center justify-between gap-4">
          <dt className="text-ink-faint">Next sync</dt>
          <dd>{new Date(wallet.nextSyncAt) > now ? <When at={wallet.nextSyncAt} /> : 'due now'}</dd>
        </div>
      )}
    </dl>
  )
}
