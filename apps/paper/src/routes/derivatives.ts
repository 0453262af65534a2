import type { Endpoint } from '../endpoint.ts'

/**
 * No futures trade here. Clients that ask for all markets at once would fail on a missing list, so the lists are
 * there and empty; everything else under /fapi and /dapi is not found.
 */
export const derivativeEndpoints: Endpoint[] = ['/fapi/v1/exchangeInfo', '/dapi/v1/exchangeInfo'].map(
  (path) => ({
    method: 'GET',
    path,
    weight: 1,
    known: null,
    security: 'NONE',
    run: ({ now }) => ({
      timezone: 'UTC',
      serverTime: now,
      rateLimits: [],
      exchangeFilters: [],
      assets: [],
      symbols: [],
    }),
  }),
)
