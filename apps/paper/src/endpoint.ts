import type { Parameters } from './parameters.ts'
import type { StoredKey } from './store/keys.ts'
import type { Venue } from './venue.ts'

/** What a public endpoint is called with. */
export interface PublicCall {
  venue: Venue
  parameters: Parameters
  /** Unix milliseconds of the exchange's clock when the request came in. */
  now: number
  address: string
}

/** What a signed endpoint is called with: the key has been checked. */
export interface SignedCall extends PublicCall {
  key: StoredKey
}

interface EndpointBase {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  /** Request weight, by Binance's tables. */
  weight: number | ((parameters: Parameters) => number)
  /** Parameters that it reads, beside those of signing; null to let any pass. */
  known: readonly string[] | null
}

export interface PublicEndpoint extends EndpointBase {
  security: 'NONE'
  run: (call: PublicCall) => unknown
}

export interface SignedEndpoint extends EndpointBase {
  security: 'USER_DATA' | 'TRADE'
  run: (call: SignedCall) => unknown
}

/** An endpoint: what it costs, who may call it, and what it answers. Throws BinanceError for what it refuses. */
export type Endpoint = PublicEndpoint | SignedEndpoint

/** Parameters of every signed request. */
export const SIGNING_PARAMETERS = ['timestamp', 'recvWindow', 'signature'] as const
