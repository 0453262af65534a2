import type { ConnectionOptions } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { PAPER } from './catalogue.ts'
import type { KnownExchange } from './get.ts'

/**
 * How packages/exchange is to reach an exchange.
 *
 * The paper exchange speaks another exchange's API, so without its own address its keys would go to that one.
 * @throws ServiceError `EXCHANGE_UNAVAILABLE` when the paper exchange has no address because it is not running.
 */
export function connectionOf(o: {
  services: Pick<Services, 'env'>
  exchange: Pick<KnownExchange, 'exchangeId' | 'ccxtId' | 'apiBaseUrl'>
}): ConnectionOptions {
  const { exchangeId, ccxtId, apiBaseUrl } = o.exchange
  if (exchangeId === PAPER && apiBaseUrl === null) {
    throw new ServiceError({
      kind: 'refused',
      reason: 'EXCHANGE_UNAVAILABLE',
      message: 'The paper exchange is not running on this installation.',
    })
  }
  return {
    exchangeId,
    ccxtId,
    baseUrl: apiBaseUrl,
    deadlineMs: o.services.env.exchangeTimeoutSeconds * 1_000,
  }
}
