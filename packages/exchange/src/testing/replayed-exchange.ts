import { openAccount } from '../account.ts'
import { ExchangeError } from '../exchange-error.ts'
import type { Account, AccountOptions } from '../types.ts'
import { accountPayloads } from './account-payloads.ts'
import { madeUpCredentials } from './credentials.ts'
import { publicPayloads } from './public-payloads.ts'
import { type ReplayServer, startReplayServer } from './replay-server.ts'

/** A server that answers as one exchange does, and accounts at it. */
export interface ReplayedExchange {
  server: ReplayServer
  /** The path of the account type that is read first. */
  main: string
  open(options?: Partial<AccountOptions>): Account
}

/** Starts a server that answers as the exchange of this ccxt id does when all is well. */
export async function startReplayedExchange(ccxtId: string): Promise<ReplayedExchange> {
  const server = await startReplayServer()
  const account = accountPayloads[ccxtId]
  const open = publicPayloads[ccxtId]
  if (account === undefined || open === undefined) throw new TypeError(`No payloads of ${ccxtId}`)
  server.onAll(open)
  server.onAll(account.bodies)
  return {
    server,
    main: account.main,
    open: (options = {}) =>
      openAccount({
        exchangeId: ccxtId,
        ccxtId,
        credentials: madeUpCredentials(ccxtId),
        baseUrl: server.url,
        paceMs: 0,
        ...options,
      }),
  }
}

/** The ExchangeError with which a promise is rejected. Throws anything else on. */
export async function refusalOf(promise: Promise<unknown>): Promise<ExchangeError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ExchangeError) return error
    throw error
  }
  throw new Error('The promise was fulfilled')
}
