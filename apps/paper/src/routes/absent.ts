import type { Endpoint } from '../endpoint.ts'
import { BinanceError } from '../errors.ts'
import { signed } from './signed.ts'

/** What no account has here, answered as for an account without any: histories, order lists, margin. */
export const absentEndpoints: Endpoint[] = [
  signed('GET', '/api/v3/openOrderList', () => [], 6),
  signed('GET', '/api/v3/allOrderList', () => [], 20),
  signed('GET', '/api/v3/myPreventedMatches', () => [], 20),
  signed('GET', '/api/v3/myAllocations', () => [], 20),
  signed('GET', '/sapi/v1/capital/withdraw/history', () => []),
  signed('GET', '/sapi/v1/capital/deposit/hisrec', () => []),
  signed('GET', '/sapi/v1/asset/assetDividend', () => ({ rows: [], total: 0 }), 10),
  signed('GET', '/sapi/v1/asset/transfer', () => ({ total: 0, rows: [] })),
  signed('GET', '/sapi/v1/asset/dribblet', () => ({ total: 0, userAssetDribblets: [] })),
  signed('GET', '/sapi/v1/margin/allPairs', () => []),
  signed('GET', '/sapi/v1/margin/isolated/allPairs', () => []),
  signed('GET', '/sapi/v1/margin/allAssets', () => []),
  signed('GET', '/sapi/v1/margin/account', noMarginAccount, 10),
  signed('GET', '/sapi/v1/margin/isolated/account', () => {
    throw new BinanceError({ code: -11001, message: 'Isolated margin account does not exist.' })
  }),
  signed('GET', '/sapi/v1/margin/openOrders', noMarginAccount, 10),
]

function noMarginAccount(): never {
  throw new BinanceError({ code: -3003, message: 'Margin account does not exist.' })
}
