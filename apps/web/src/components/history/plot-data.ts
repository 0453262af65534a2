import { toPixels } from '../../lib/decimal.ts'
import type { HistoryPoint } from '../../lib/types.ts'

/** Columns as uPlot takes them: seconds since 1970, then a value or null per series. */
export interface PlotData {
  seconds: number[]
  /** Values of complete snapshots; null where an exchange did not answer. */
  complete: (number | null)[]
  /** The stretches around incomplete points, where the last known value is carried on; null elsewhere. */
  carried: (number | null)[]
}

/** Splits a history into what is known and what is carried forward, so that the two are drawn differently. */
export function plotData(points: readonly HistoryPoint[]): PlotData {
  const isPartial = (index: number) => points[index]?.complete === false
  return {
    seconds: points.map((point) => new Date(point.at).getTime() / 1000),
    complete: points.map((point) => (point.complete ? toPixels(point.totalUsdValue) : null)),
    carried: points.map((point, index) => {
      const touchesPartial = isPartial(index - 1) || isPartial(index) || isPartial(index + 1)
      return touchesPartial ? toPixels(point.totalUsdValue) : null
    }),
  }
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
