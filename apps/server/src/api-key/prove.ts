import {
  type Account,
  type Credentials,
  ExchangeError,
  type KeyCheck,
  openAccount,
} from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { connectionOf } from '../exchange/connection.ts'
import type { KnownExchange } from '../exchange/get.ts'
import { asServiceError } from './refusal.ts'

/**
 * Asks the exchange whether it accepts a key for its purpose: the main account's balances are read as the proof.
 * @returns what the key may do, and whose account it sees
 * @throws ExchangeError
 */
export async function proveKey(o: {
  account: Account
  exchange: Pick<KnownExchange, 'exchangeId' | 'exchangeName'>
  purpose: 'read' | 'trade'
}): Promise<KeyCheck> {
  const { account, exchange, purpose } = o
  const check = await account.checkKey()
  if (purpose === 'read' || check.rights.trade !== 'no') return check
  throw new ExchangeError({
    code: 'PERMISSION_MISSING',
    exchangeId: exchange.exchangeId,
    message: `${exchange.exchangeName} says that this key may not trade. Allow it there, or store the key for reading.`,
    refusesKey: true,
  })
}

/**
 * Checks credentials that are not stored yet.
 * @returns what the key may do, and whose account it sees
 * @throws ServiceError `KEY_REFUSED`, `WITHDRAWALS_ENABLED`, `RATE_LIMITED`, `EXCHANGE_UNAVAILABLE`
 */
export async function proveNewKey(o: {
  services: Pick<Services, 'env'>
  exchange: KnownExchange
  credentials: Credentials
  purpose: 'read' | 'trade'
  confirmWithdrawals: boolean
}): Promise<KeyCheck> {
  const { exchange } = o
  try {
    const check = await openAndProve(o)
    if (check.rights.withdraw === 'yes' && !o.confirmWithdrawals) throw withdrawalsEnabled(exchange)
    return check
  } catch (error) {
    throw asServiceError(error)
  }
}

async function openAndProve(o: Parameters<typeof proveNewKey>[0]): Promise<KeyCheck> {
  const { services, exchange, credentials, purpose } = o
  const account = openAccount({ ...connectionOf({ services, exchange }), credentials })
  try {
    return await proveKey({ account, exchange, purpose })
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
