import { type Account, type Credentials, ExchangeError, openAccount, type Rights } from '@opentrade/exchange'
import { ServiceError } from '../errors.ts'
import { connectionOf } from '../exchange/connection.ts'
import type { KnownExchange } from '../exchange/get.ts'
import { asServiceError } from './refusal.ts'

/**
 * Asks the exchange whether it accepts a key for its purpose. When it does not say that the key may read, reading
 * the balances proves it.
 * @returns what the key may do
 * @throws ExchangeError
 */
export async function proveKey(o: {
  account: Account
  exchange: Pick<KnownExchange, 'exchangeId' | 'exchangeName'>
  purpose: 'read' | 'trade'
}): Promise<Rights> {
  const { account, exchange, purpose } = o
  const { rights } = await account.checkKey()
  if (rights.read === 'no') throw missing(exchange, 'read balances')
  if (purpose === 'trade' && rights.trade === 'no') throw missing(exchange, 'trade')
  if (rights.read === 'yes') return rights
  await account.fetchBalances()
  return { ...rights, read: 'yes' }
}

function missing(exchange: { exchangeId: string; exchangeName: string }, what: string): ExchangeError {
  return new ExchangeError({
    code: 'PERMISSION_MISSING',
    exchangeId: exchange.exchangeId,
    message: `${exchange.exchangeName} says that this key may not ${what}. Allow it there and try again.`,
  })
}

/**
 * Checks credentials that are not stored yet.
 * @returns what the key may do
 * @throws ServiceError `KEY_REFUSED`, `WITHDRAWALS_ENABLED`, `RATE_LIMITED`, `EXCHANGE_UNAVAILABLE`
 */
export async function proveNewKey(o: {
  exchange: KnownExchange
  credentials: Credentials
  purpose: 'read' | 'trade'
  confirmWithdrawals: boolean
}): Promise<Rights> {
  const { exchange, credentials, purpose } = o
  const account = openAccount({ ...connectionOf(exchange), credentials })
  try {
    const rights = await proveKey({ account, exchange, purpose })
    if (rights.withdraw === 'yes' && !o.confirmWithdrawals) throw withdrawalsEnabled(exchange)
    return rights
  } catch (error) {
    throw asServiceError(error)
  } finally {
    account.close()
  }
}

function withdrawalsEnabled(exchange: KnownExchange): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'WITHDRAWALS_ENABLED',
    message: `This key can withdraw from ${exchange.exchangeName}. Make one without that right, or confirm that you want to store it all the same.`,
  })
}
