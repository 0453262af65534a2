import type { ExchangeDetails } from '../../lib/types.ts'

/** What the form holds; an empty address is the exchange's own. */
export interface ExchangeDraft {
  apiBaseUrl: string
  wsBaseUrl: string
  isActive: boolean
}

interface ExchangeChanges {
  apiBaseUrl?: string | null
  wsBaseUrl?: string | null
  isActive?: boolean
}

/** What of a draft differs from what is stored: nothing else is sent, so that two administrators can work at once. */
export function exchangeChanges(
  stored: Pick<ExchangeDetails, 'apiBaseUrl' | 'wsBaseUrl' | 'isActive'>,
  draft: ExchangeDraft,
): ExchangeChanges {
  const apiBaseUrl = draft.apiBaseUrl.trim() || null
  const wsBaseUrl = draft.wsBaseUrl.trim() || null
  return {
    ...(apiBaseUrl !== (stored.apiBaseUrl ?? null) && { apiBaseUrl }),
    ...(wsBaseUrl !== (stored.wsBaseUrl ?? null) && { wsBaseUrl }),
    ...(draft.isActive !== stored.isActive && { isActive: draft.isActive }),
  }
}
