import type { AccountType } from './account-readers.ts'
import { accountTypesOf } from './account-types.ts'
import { keepCoinsApart } from './asset-codes.ts'
import { tellForms } from './asset-forms.ts'
import type { CcxtExchange } from './ccxt.ts'
import { openConnection } from './connection.ts'
import { checkCredentials } from './credentials.ts'
import { NotEnabledError, UnexplainedRefusalError } from './errors.ts'
import { ExchangeError } from './exchange-error.ts'
import { shareMarkets } from './markets.ts'
import { type StatedHolding, toHoldings } from './normalize.ts'
import { accountIdInBalances, readRights, type StatedKey, unverifiedRights } from './rights.ts'
import type {
  Account,
  AccountBalances,
  AccountOptions,
  BalanceProgress,
  FailedAccountType,
  KeyCheck,
} from './types.ts'

/**
 * True if the exchange says that the person has no such account, or that the key was not given it: Binance calls a
 * key invalid for it that it has just accepted.
 */
function isAbsent(error: ExchangeError, { isOptional }: AccountType): boolean {
  if (error instanceof NotEnabledError || (isOptional && error instanceof UnexplainedRefusalError))
    return true
  return error.code === 'PERMISSION_MISSING' || error.code === 'INVALID_KEY'
}

/**
 * Opens an account at an exchange. Nothing is sent before the first call.
 *
 * Throws ExchangeError at once if a part of the credentials is missing or can be none, or if the base URL is
 * unusable. Close it after use: an account is meant for one check or one sync.
 */
export function openAccount(options: AccountOptions): Account {
  const { exchangeId, ccxtId } = options
  const credentials = checkCredentials(options)
  const connection = openConnection({ ...options, credentials })

  /** Runs an operation with markets at hand; once more if the exchange only disliked our clock or our nonce. */
  async function withMarkets<T>(operation: (exchange: CcxtExchange) => Promise<T>): Promise<T> {
    const prepared = async (exchange: CcxtExchange): Promise<T> => {
      await shareMarkets(connection, exchange)
      return operation(exchange)
    }
    try {
      return await connection.run(prepared)
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      // Another process of ours may have come first with a higher nonce: the next one is higher still.
      if (error.code === 'KEY_IN_USE_ELSEWHERE') return connection.run(prepared)
      if (error.code !== 'CLOCK_SKEW') throw error
      return connection.run(async (exchange) => {
        if (exchange.has.fetchTime !== true || !('timeDifference' in exchange.options)) throw error
        await exchange.loadTimeDifference()
        return prepared(exchange)
      })
    }
  }

  function readType(index: number): Promise<StatedHolding[]> {
    return withMarkets(async (exchange) => {
      const type = accountTypesOf({ exchangeId, exchange })[index]
      return (await type?.read({ exchange, lastJson: connection.lastJson })) ?? []
    })
  }

  async function checkKey(): Promise<KeyCheck> {
    // Reading the main account is the proof; what the key may do besides can stay unknown.
    const main = await readType(0)
    const proof = await connection.run(async (exchange) => ({
      ...toHoldings(main),
      accountId: accountIdInBalances(exchange, connection.lastJson()),
    }))
    const { rights, accountId, rightsError } = await stateKey()
    return {
      ...{ rights: { ...rights, read: 'yes' }, rightsError },
      ...{ holdings: proof.holdings, unread: proof.unread },
      accountId: proof.accountId ?? accountId,
    }
  }

  async function stateKey(): Promise<StatedKey & Pick<KeyCheck, 'rightsError'>> {
    try {
      return { ...(await withMarkets(readRights)), rightsError: null }
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      const { code, message, retryable } = error
      return { rights: unverifiedRights, accountId: null, rightsError: { code, message, retryable } }
    }
  }

  async function fetchBalances(
    reading: { onProgress?: (progress: BalanceProgress) => void } = {},
  ): Promise<AccountBalances> {
    const types = await connection.run(async (exchange) => accountTypesOf({ exchangeId, exchange }))
    const stated: StatedHolding[] = []
    const failed: FailedAccountType[] = []
    const absent: FailedAccountType[] = []
    for (const [index, type] of types.entries()) {
      const { accountType } = type
      reading.onProgress?.({ accountType, done: index, of: types.length })
      try {
        stated.push(...(await readType(index)))
      } catch (error) {
        if (!(error instanceof ExchangeError) || index === 0) throw error
        const list = isAbsent(error, type) ? absent : failed
        list.push({ accountType, error: { code: error.code, message: error.message } })
      }
    }
    return connection.run(async (exchange) => {
      const told = tellForms({
        ccxtId,
        holdings: keepCoinsApart(exchange, stated),
        isListed: (asset) => Object.hasOwn(exchange.currencies, asset),
      })
      const { holdings, unread } = toHoldings(told)
      // A worthless token with more digits than any table holds leaves nothing else in doubt.
      const isWhole = unread.every(({ reason }) => reason === 'too-large')
      return { holdings, complete: failed.length === 0 && isWhole, unread, failed, absent }
    })
  }

  return { checkKey, fetchBalances, close: connection.close }
}
