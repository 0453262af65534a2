import { useState } from 'react'
import { Amount, Unpriced, Usd } from '../../components/figures.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { classNames } from '../../lib/class-names.ts'
import { useFormats } from '../../lib/preferences.tsx'
import type { PortfolioSummary } from '../../lib/types.ts'
import { allocationSlices, sliceColor } from './allocation-slices.ts'

const SHOWN_AT_FIRST = 8

/** What the total is made of: a bar for the eye and a list with the figures. */
export function AllocationPanel({ allocation }: { allocation: PortfolioSummary['allocation'] }) {
  const [all, setAll] = useState(false)
  const formats = useFormats()
  const shown = all ? allocation : allocation.slice(0, SHOWN_AT_FIRST)
  if (allocation.length === 0) {
    return (
      <Panel title="Allocation">
        <p className="text-ink-soft text-sm">It shows once a wallet has been read.</p>
      </Panel>
    )
  }
  return (
    <Panel
      title="Allocation"
      aside={
        <span className="text-ink-faint text-sm">
          {formats.count(allocation.length)} {allocation.length === 1 ? 'asset' : 'assets'}
        </span>
      }
    >
      <AllocationBar allocation={allocation} />
      <table className="mt-3 w-full text-sm">
        <thead className="sr-only">
          <tr>
            <th scope="col">Asset</th>
            <th scope="col">Value</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {shown.map((entry, index) => (
            <tr key={entry.asset}>
              <th scope="row" className="py-2 pr-2 text-left font-normal">
                <span className="flex items-center gap-2.5">
                  <span
                    aria-hidden
                    className={classNames(
                      'size-2.5 shrink-0 rounded-[3px]',
                      entry.share === null ? 'border border-line-strong' : sliceColor(index),
                    )}
                  />
                  <span className="grid min-w-0">
                    <span className="wrap-anywhere font-medium">{entry.asset}</span>
                    <Amount value={entry.total} className="truncate text-ink-faint text-xs" />
                  </span>
                </span>
              </th>
              <td className="whitespace-nowrap py-2 text-right align-middle">
                {entry.usdValue === null ? <Unpriced /> : <Usd value={entry.usdValue} />}
              </td>
              <td className="tabular w-16 whitespace-nowrap py-2 text-right align-middle text-ink-soft">
                {entry.share === null ? '' : formats.share(entry.share)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {allocation.length > SHOWN_AT_FIRST && (
        <Button
          look="quiet"
          size="small"
          className="-ml-3 mt-2"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `Show all ${formats.count(allocation.length)}`}
        </Button>
      )}
    </Panel>
  )
}

/** The same figures as the table below it, so it is left out of what is read aloud. */
function AllocationBar({ allocation }: { allocation: PortfolioSummary['allocation'] }) {
  const slices = allocationSlices(allocation)
  return (
    <div aria-hidden className="flex h-4 gap-[2px] overflow-hidden rounded">
      {slices.map((slice, index) => (
        <span
          key={slice.label}
          title={slice.label}
          style={{ flexGrow: slice.width }}
          className={classNames('min-w-[2px] basis-0', sliceColor(index))}
        />
      ))}
    </div>
  )
}
