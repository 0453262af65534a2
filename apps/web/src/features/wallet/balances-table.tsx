import { ArrowDown, ArrowUp } from 'lucide-react'
import { classNames } from '../../lib/class-names.ts'
import type { Balance } from '../../lib/types.ts'
import { BalanceRow } from './balance-row.tsx'
import type { BalanceSort, BalanceView } from './wallet-search.ts'

interface BalancesTableProps {
  balances: readonly Balance[]
  sort: BalanceSort
  order: 'asc' | 'desc'
  onSort: (change: BalanceView) => void
}

/** Balances as a table; on a phone each row folds its amounts under its name. */
export function BalancesTable({ balances, sort, order, onSort }: BalancesTableProps) {
  const heading = { sort, order, onSort }
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-line border-t text-sm">
        <caption className="sr-only">Balances. Select an asset to see all its digits.</caption>
        <thead className="bg-sunken">
          <tr>
            <SortHeading {...heading} by="asset" className="pl-4 text-left sm:pl-5">
              Asset
            </SortHeading>
            <th scope="col" className="eyebrow hidden px-3 text-left lg:table-cell">
              Account
            </th>
            <th scope="col" className="eyebrow hidden px-3 text-right lg:table-cell">
              Free
            </th>
            <th scope="col" className="eyebrow hidden px-3 text-right lg:table-cell">
              Locked
            </th>
            <SortHeading {...heading} by="total" className="hidden px-3 text-right sm:table-cell">
              Total
            </SortHeading>
            <SortHeading {...heading} by="price" className="hidden px-3 text-right sm:table-cell">
              Price
            </SortHeading>
            <SortHeading {...heading} by="value" className="pr-4 text-right sm:pr-5">
              Value
            </SortHeading>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {balances.map((balance) => (
            <BalanceRow key={`${balance.accountType} ${balance.asset}`} balance={balance} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface SortHeadingProps {
  by: BalanceSort
  sort: BalanceSort
  order: 'asc' | 'desc'
  onSort: (change: BalanceView) => void
  className: string
  children: string
}

function SortHeading({ by, sort, order, onSort, className, children }: SortHeadingProps) {
  const active = sort === by
  const firstOrder = by === 'asset' ? 'asc' : 'desc'
  const otherOrder = order === 'asc' ? 'desc' : 'asc'
  const Icon = order === 'asc' ? ArrowUp : ArrowDown
  return (
    <th
      scope="col"
      aria-sort={active ? (order === 'asc' ? 'ascending' : 'descending') : undefined}
      className={classNames('eyebrow', className)}
    >
      <button
        type="button"
        onClick={() => onSort({ sort: by, order: active ? otherOrder : firstOrder })}
        className={classNames('inline-flex h-9 items-center gap-1 hover:text-ink', active && 'text-ink')}
      >
        {children}
        {active && <Icon aria-hidden className="size-3.5" />}
      </button>
    </th>
  )
}
