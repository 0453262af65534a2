import { Check, Copy } from 'lucide-react'
import { Notice } from '../../components/ui/notice.tsx'
import { When } from '../../components/when.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { Balance } from '../../lib/types.ts'
import { useCopy } from '../../lib/use-copy.ts'

/** Every digit of a balance, to copy, and what its value rests on. */
export function BalanceDetails({ balance }: { balance: Balance }) {
  const { asset, free, locked, total, usdPrice, usdValue, priceSource, pricedAt, suggestion } = balance
  const formats = useFormats()
  return (
    <div className="grid gap-4">
      {usdValue === null && (
        <Notice tone="warning" title={`${asset} has no price`}>
          No market of this exchange leads from it to US dollars. It is left out of totals, not counted as
          zero.
          {suggestion && (
            <span className="mt-1.5 block">
              Suggestion, not counted: {formats.usdExact(suggestion.usdPrice)} for 1 {asset}, which is what{' '}
              {suggestion.source} says (<When at={suggestion.at} />
              ). It may be another asset with the same name.
            </span>
          )}
        </Notice>
      )}
      <dl className="grid gap-x-8 gap-y-3 sm:grid-cols-2 xl:grid-cols-3">
        <Exact name="Total" value={total} unit={asset} />
        <Exact name="Free" value={free} unit={asset} />
        <Exact name="Locked in orders" value={locked} unit={asset} />
        {usdValue !== null && <Exact name="Value" value={usdValue} unit="USD" />}
        {usdPrice !== null && <Exact name={`Price of 1 ${asset}`} value={usdPrice} unit="USD" />}
        {priceSource && (
          <div className="min-w-0">
            <dt className="eyebrow">Price from</dt>
            <dd className="break-words">
              {priceSource}
              {pricedAt && (
                <span className="text-ink-faint">
                  {', '}
                  <When at={pricedAt} />
                </span>
              )}
            </dd>
          </div>
        )}
      </dl>
    </div>
  )
}

function Exact({ name, value, unit }: { name: string; value: string; unit: string }) {
  const formats = useFormats()
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{name}</dt>
      <dd className="flex items-start gap-1.5">
        <span className="tabular min-w-0 break-all">
          {formats.exact(value)} {unit}
        </span>
        <CopyFigure what={name} value={value} />
      </dd>
    </div>
  )
}

function CopyFigure({ what, value }: { what: string; value: string }) {
  const { copied, copy } = useCopy(value)
  return (
    <button
      type="button"
      aria-label={copied === 'copied' ? `${what} copied` : `Copy ${what}`}
      title={copied === 'refused' ? 'The browser does not let this page copy' : 'Copy'}
      onClick={copy}
      className="-my-0.5 grid size-6 shrink-0 place-items-center rounded text-ink-faint hover:text-ink"
    >
      {copied === 'copied' ? (
        <Check aria-hidden className="size-3.5" />
      ) : (
        <Copy aria-hidden className="size-3.5" />
      )}
    </button>
  )
}
