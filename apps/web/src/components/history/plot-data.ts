import { toPixels } from '@opentrade/format'
import type { HistoryPoint } from '../../lib/types.ts'

/** Columns as uPlot takes them: seconds since 1970, then a value or null per series. */
export interface PlotData {
  seconds: number[]
  /** Values of complete snapshots; null where an exchange did not answer. */
  complete: (number | null)[]
  /** The stretches around incomplete points and over gaps, where the last known value is carried on; null elsewhere. */
  carried: (number | null)[]
  /** The places of the points that come after a gap. */
  afterGap: number[]
}

/** So many times the usual distance between points, nothing was read. */
const GAP_DISTANCES = 6
/** Of fewer points none can be said to be usual. */
const FEWEST_POINTS = 12

/** Splits a history into what is known and what is carried forward, so that the two are drawn differently. */
export function plotData(points: readonly HistoryPoint[]): PlotData {
  const isPartial = (index: number) => points[index]?.complete === false
  const seconds = points.map((point) => new Date(point.at).getTime() / 1000)
  const afterGap = findGaps(seconds)
  const isAfterGap = (index: number) => afterGap.includes(index)
  return {
    seconds,
    afterGap,
    complete: points.map((point) => (point.complete ? toPixels(point.totalUsdValue) : null)),
    carried: points.map((point, index) => {
      const touchesPartial = isPartial(index - 1) || isPartial(index) || isPartial(index + 1)
      const touchesGap = isAfterGap(index) || isAfterGap(index + 1)
      return touchesPartial || touchesGap ? toPixels(point.totalUsdValue) : null
    }),
  }
}

/** The places of the points before which nothing was read for far longer than usual. */
function findGaps(seconds: readonly number[]): number[] {
  if (seconds.length < FEWEST_POINTS) return []
  const distances = seconds.slice(1).map((at, index) => at - (seconds[index] ?? at))
  const usual = distances.toSorted((left, right) => left - right)[Math.floor(distances.length / 2)] ?? 0
  return distances.flatMap((distance, index) => (distance > usual * GAP_DISTANCES ? [index + 1] : []))
}

/** Whether some of a history is drawn as carried on. */
export function hasCarried(points: readonly HistoryPoint[]): boolean {
  return plotData(points).carried.some((value) => value !== null)
}

/**
 * The value axis from a little below the lowest to a little above the highest value. It starts at zero only
 * when the values come near it; a flat line stands in the middle.
 */
export function valueRange(lowest: number | null, highest: number | null): [number, number] {
  if (lowest === null || highest === null) return [0, 1]
  const spread = highest - lowest
  const room = spread > 0 ? spread * 0.12 : Math.max(Math.abs(highest) * 0.05, 0.01)
  const floor = lowest >= 0 ? Math.max(0, lowest - room) : lowest - room
  return [floor, highest + room]
}
