import type { HistoryRange } from '../../lib/types.ts'

/** The stretches of time that a history can show, shortest first. */
export const HISTORY_RANGES = [
  { value: '24h', label: '24h', title: 'The last 24 hours' },
  { value: '7d', label: '7d', title: 'The last 7 days' },
  { value: '30d', label: '30d', title: 'The last 30 days' },
  { value: '90d', label: '90d', title: 'The last 90 days' },
  { value: '1y', label: '1y', title: 'The last year' },
  { value: 'all', label: 'All', title: 'Everything there is' },
] as const satisfies readonly { value: HistoryRange; label: string; title: string }[]

export const DEFAULT_RANGE = '30d' satisfies HistoryRange
