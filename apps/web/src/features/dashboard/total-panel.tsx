import { Change, Headline } from '../../components/figures.tsx'
import { RateNote } from '../../components/rate-note.tsx'
import { When } from '../../components/when.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { PortfolioSummary } from '../../lib/types.ts'

/** What everything together is worth, how that changed, and how old the oldest part of it is. */
export function TotalPanel({ summary }: { summary: PortfolioSummary }) {
  const formats = useFormats()
  const { totalUsdValue, change, asOf, unpricedAssets } = summary
  return (
    <section aria-label="Total" className="rounded-lg border border-line bg-panel px-4 py-4 sm:px-5 sm:py-5">
      <p className="eyebrow">Total value</p>
      <Headline value={totalUsdValue} of="page" />
      <div className="mt-3 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
        {change && (
          <span className="inline-flex flex-wrap items-center gap-x-2">
            <Change usdValue={change.usdValue} percent={change.percent} />
            <span className="text-ink-faint" title={formats.moment(change.since)}>
              since {formats.dateTime(change.since)}
            </span>
          </span>
        )}
        {asOf && (
          <span className="text-ink-faint">
            Oldest balance read <When at={asOf} />
          </span>
        )}
        {unpricedAssets > 0 && (
          <span className="text-warning">
            {formats.count(unpricedAssets)} {unpricedAssets === 1 ? 'asset is' : 'assets are'} unpriced and
            not in the total
          </span>
        )}
        <RateNote className="text-ink-faint" />
      </div>
    </section>
  )
}
