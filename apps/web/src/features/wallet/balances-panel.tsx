import { Coins } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '../../components/empty-state.tsx'
import { Button } from '../../components/ui/button.tsx'
import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { SearchField } from '../../components/ui/search-field.tsx'
import { Select } from '../../components/ui/select-field.tsx'
import { usePreferences } from '../../lib/preferences.tsx'
import type { Wallet } from '../../lib/types.ts'
import { accountLabel } from './account-label.ts'
import { BalancesTable } from './balances-table.tsx'
import { accountTypesOf, selectBalances } from './select-balances.ts'
import { isSyncing } from './use-sync.ts'
import type { BalanceView } from './wallet-search.ts'

/** A table of more rows than this asks before it shows the rest. */
const ROWS_AT_FIRST = 200

interface BalancesPanelProps {
  wallet: Wallet
  view: BalanceView
  onView: (change: BalanceView) => void
}

/** Every balance of a wallet, with the ways to narrow and order them. */
export function BalancesPanel({ wallet, view, onView }: BalancesPanelProps) {
  const { formats, hideSmallBalances, smallBalanceUsd } = usePreferences()
  const [all, setAll] = useState(false)
  const hideSmall = view.small ? view.small === 'hide' : hideSmallBalances
  const sort = view.sort ?? 'value'
  const order = view.order ?? (sort === 'asset' ? 'asc' : 'desc')
  const { shown, hiddenSmall } = selectBalances(wallet.balances, {
    sort,
    order,
    account: view.account,
    query: view.q ?? '',
    smallestUsd: hideSmall ? smallBalanceUsd : null,
  })
  const rows = all ? shown : shown.slice(0, ROWS_AT_FIRST)

  if (wallet.balances.length === 0) {
    return (
      <Panel title="Balances">
        <EmptyState icon={Coins} title={emptyTitle(wallet)}>
          {isSyncing(wallet)
            ? 'The balances appear here as soon as the exchange has answered.'
            : `As soon as ${wallet.exchangeName} reports a balance, it stands here with its value.`}
        </EmptyState>
      </Panel>
    )
  }
  return (
    <Panel
      title="Balances"
      flush
      aside={
        <span role="status" className="text-ink-faint text-sm">
          {formats.count(shown.length)} shown
          {hiddenSmall > 0 && `, ${formats.count(hiddenSmall)} small hidden`}
        </span>
      }
    >
      <Filters wallet={wallet} view={view} onView={onView} hideSmall={hideSmall} />
      {shown.length === 0 ? (
        <div className="grid justify-items-center gap-3 border-line border-t px-5 py-10 text-center">
          <p className="text-ink-soft">No balance fits these filters.</p>
          <Button onClick={() => onView({ q: undefined, account: undefined, small: 'show' })}>
            Show all balances
          </Button>
        </div>
      ) : (
        <BalancesTable balances={rows} sort={sort} order={order} onSort={onView} />
      )}
      {rows.length < shown.length && (
        <div className="border-line border-t p-3 text-center">
          <Button look="quiet" onClick={() => setAll(true)}>
            Show all {formats.count(shown.length)} balances
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Filters({ wallet, view, onView, hideSmall }: BalancesPanelProps & { hideSmall: boolean }) {
  const { formats, smallBalanceUsd } = usePreferences()
  const accountTypes = accountTypesOf(wallet.balances)
  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-3 px-4 pb-4 sm:px-5">
      <SearchField
        label="Search balances"
        placeholder="Search assets"
        query={view.q ?? ''}
        onQuery={(query) => onView({ q: query || undefined })}
        className="w-full sm:w-64"
      />
      {accountTypes.length > 1 && (
        <div className="w-full sm:w-48">
          <Select
            aria-label="Account type"
            value={view.account ?? ''}
            choices={[
              { value: '', label: 'All account types' },
              ...accountTypes.map((type) => ({ value: type, label: accountLabel(type) })),
            ]}
            onValue={(account) => onView({ account: account || undefined })}
          />
        </div>
      )}
      <CheckboxField
        label={`Hide below ${formats.usd(smallBalanceUsd)}`}
        checked={hideSmall}
        onChecked={(hide) => onView({ small: hide ? 'hide' : 'show' })}
      />
    </div>
  )
}

function emptyTitle(wallet: Wallet): string {
  if (isSyncing(wallet)) return 'Reading balances…'
  return wallet.lastUpdated ? 'Nothing in this wallet' : 'Not read yet'
}
