import { signOf, toPixels } from '@opentrade/format'
import type { PortfolioSummary } from '../../lib/types.ts'

/** A stretch of the allocation bar. */
export interface Slice {
  label: string
  /** 0 to 1, for pixels only. */
  width: number
}

/** Colours of the bar, told apart by every eye; the last one is for "all others". */
export const SLICE_COLORS = [
  'bg-[#0e7c6b]',
  'bg-[#e0a030]',
  'bg-[#3f7fc4]',
  'bg-[#c8562a]',
  'bg-[#8a6bb8]',
  'bg-[#7fb8a4]',
  'bg-[#97a29c]',
] as const

const OTHERS = SLICE_COLORS.length - 1

/** The largest assets and all others together, as parts of the whole. What is unpriced has no part. */
export function allocationSlices(allocation: PortfolioSummary['allocation']): Slice[] {
  const priced = allocation.flatMap(({ asset, share }) =>
    share !== null && signOf(share) > 0 ? [{ label: asset, width: toPixels(share) }] : [],
  )
  const largest = priced.slice(0, OTHERS)
  const rest = priced.slice(OTHERS)
  if (rest.length === 0) return largest
  const width = rest.reduce((sum, slice) => sum + slice.width, 0)
  return [...largest, { label: `${rest.length} others`, width }]
}

/** The colour of the asset at a place in the list. */
export function sliceColor(index: number): string {
  return SLICE_COLORS[Math.min(index, OTHERS)] ?? 'bg-line-strong'
}
