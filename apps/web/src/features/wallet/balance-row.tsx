import { signOf } from '@opentrade/format'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { Amount, Price, Unpriced, Usd } from '../../components/figures.tsx'
import { classNames } from '../../lib/class-names.ts'
import type { Balance } from '../../lib/types.ts'
import { accountLabel } from './account-label.ts'
import { BalanceDetails } from './balance-details.tsx'

const COLUMNS = 7

/** One balance; opened, it shows every digit and where the price comes from. */
export function BalanceRow({ balance }: { balance: Balance }) {
  const [open, setOpen] = useState(false)
  const { asset, accountType, free, locked, total, usdPrice, usdValue, suggestion } = balance
  return (
    <>
      <tr className="hover:bg-sunken">
        <th scope="row" className="py-2 pr-3 pl-4 text-left font-normal sm:pl-5">
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="flex items-center gap-2 rounded text-left"
          >
            <ChevronRight
              aria-hidden
              className={classNames(
                'size-4 shrink-0 text-ink-faint transition-transform',
                open && 'rotate-90',
              )}
            />
            <span className="grid">
              <span className="wrap-anywhere font-medium">
                {asset}
                <span className="sr-only">, details</span>
              </span>
              <span className="text-ink-faint text-xs lg:hidden">
                <span className="sm:hidden">
                  <Amount value={total} />
                  {' · '}
                </span>
                {accountLabel(accountType)}
              </span>
            </span>
          </button>
        </th>
        <td className="hidden whitespace-nowrap px-3 text-ink-soft lg:table-cell">
          {accountLabel(accountType)}
        </td>
        <td className="hidden px-3 text-right text-ink-soft lg:table-cell">
          <Amount value={free} />
        </td>
        <td className="hidden px-3 text-right text-ink-soft lg:table-cell">
          <Amount value={locked} className={signOf(locked) === 0 ? 'text-ink-faint' : undefined} />
        </td>
        <td className="hidden px-3 text-right sm:table-cell">
          <Amount value={total} />
        </td>
        <td className="hidden px-3 text-right text-ink-soft sm:table-cell">
          {usdPrice === null ? '–' : <Price value={usdPrice} />}
        </td>
        <td className="whitespace-nowrap py-2 pr-4 pl-3 text-right sm:pr-5">
          {usdValue === null ? <Unpriced /> : <Usd value={usdValue} className="font-medium" />}
          {suggestion && <span className="block text-ink-faint text-xs">price suggested</span>}
          {usdPrice !== null && (
            <span className="block text-ink-faint text-xs sm:hidden">
              <Price value={usdPrice} />
            </span>
          )}
        </td>
      </tr>
      {open && (
        <tr className="bg-sunken">
          <td colSpan={COLUMNS} className="px-4 py-4 sm:px-5 sm:pl-11">
            <BalanceDetails balance={balance} />
          </td>
        </tr>
      )}
    </>
  )
}
