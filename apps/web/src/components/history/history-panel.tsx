import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CatchBoundary } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useFormats } from '../../lib/preferences.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { HistoryPoint, HistoryRange } from '../../lib/types.ts'
import { Button } from '../ui/button.tsx'
import { ChoiceGroup } from '../ui/choice-group.tsx'
import { Notice } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { hasCarried } from './plot-data.ts'
import { HISTORY_RANGES } from './ranges.ts'

const HistoryPlot = lazy(() => import('./history-plot.tsx').then((file) => ({ default: file.HistoryPlot })))

interface HistoryPanelProps {
  /** One wallet's history; all wallets together without it. */
  walletId?: string
  range: HistoryRange
  onRange: (range: HistoryRange) => void
}

/** How a total went over time, with the choice of the range. */
export function HistoryPanel({ walletId, range, onRange }: HistoryPanelProps) {
  const history = useQuery(
    trpc.wallets.history.queryOptions({ walletId, range }, { placeholderData: keepPreviousData }),
  )
  return (
    <Panel
      title="History"
      aside={<ChoiceGroup label="Range" value={range} choices={HISTORY_RANGES} onValue={onRange} />}
    >
      {history.isError && !history.data ? (
        <Notice tone="problem">
          <p>{problemOf(history.error).message}</p>
          <Button size="small" className="mt-2" busy={history.isFetching} onClick={() => history.refetch()}>
            Try again
          </Button>
        </Notice>
      ) : history.data ? (
        <History points={history.data.points} />
      ) : (
        <Skeleton className="h-67 sm:h-71" />
      )}
    </Panel>
  )
}

function History({ points }: { points: readonly HistoryPoint[] }) {
  const [index, setIndex] = useState<number | null>(null)
  const shown = points[index ?? points.length - 1] ?? points.at(-1)
  const isCarried = useMemo(() => hasCarried(points), [points])
  if (!shown || points.length < 2) return <HistoryToCome />
  return (
    <>
      <Readout point={shown} />
      <div className="h-60 sm:h-64">
        <CatchBoundary getResetKey={() => 'history'} errorComponent={PlotFailed}>
          <Suspense fallback={<Skeleton className="h-full" />}>
            <HistoryPlot label="Total over time, point by point" points={points} onPoint={setIndex} />
          </Suspense>
        </CatchBoundary>
      </div>
      {isCarried && (
        <p className="mt-2 flex items-center gap-2 text-ink-faint text-sm">
          <span aria-hidden className="w-6 shrink-0 border-line-strong border-t-2 border-dashed" />
          Dashed: nothing or not everything could be read, so the last known value is carried on. It is no
          loss.
        </p>
      )}
    </>
  )
}

function Readout({ point }: { point: HistoryPoint }) {
  const formats = useFormats()
  return (
    <p className="tabular mb-1 flex h-6 items-baseline gap-2 text-sm">
      <span className="font-medium">{formats.usd(point.totalUsdValue)}</span>
      <span className="text-ink-faint">{formats.dateTime(point.at)}</span>
      {!point.complete && <span className="text-warning">incomplete, last known value</span>}
    </p>
  )
}

/** A browser that cannot draw loses the drawing alone: the figures around it stay. */
function PlotFailed() {
  return (
    <Notice tone="problem">The chart cannot be drawn in this browser. Reload the page to try again.</Notice>
  )
}

function HistoryToCome() {
  return (
    <div className="grid h-66 place-items-center rounded-md bg-sunken px-6 text-center sm:h-70">
      <p className="max-w-sm text-ink-soft text-sm">
        The line starts with two syncs in this range. Each sync adds a point, so it grows by itself.
      </p>
    </div>
  )
}
