import { type Credentials, ExchangeError, type KeyCheck, openAccount } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { connectionOf } from '../exchange/connection.ts'
import type { KnownExchange } from '../exchange/get.ts'
import type { AccountMatch } from './account-index.ts'
import { compareHoldings } from './compare-holdings.ts'
import { markRefused } from './mark.ts'
import { withAccount } from './open-account.ts'
import type { SealedApiKey, WalletAccount } from './queries.ts'
import { asServiceError, isRefusal } from './refusal.ts'

interface Newcomer {
  ctx: UserContext
  exchange: KnownExchange
  /** The wallet that the new credentials are to join; undefined when it is yet to be made. */
  wallet: WalletAccount | undefined
  /** The stored key that has to see the same account; undefined when there is none that can be asked. */
  witness: SealedApiKey | undefined
  credentials: Credentials
  /** What the exchange said of the new credentials a moment ago. */
  check: KeyCheck
  account: Buffer | null
}

/**
 * Makes sure that new credentials see the account that their wallet shows: by what the exchange itself calls the
 * account, else by what both hold at the same time.
 * @returns how that is known; null when the wallet is new and there is nothing to compare with
 * @throws ServiceError `OTHER_ACCOUNT`, and what asking the exchange may throw
 */
export async function requireSameAccount(o: Newcomer): Promise<AccountMatch | null> {
  const { wallet, account, witness } = o
  if (!wallet) return null
  if (wallet.accountIndex && account) return byIdentity(o.exchange, [wallet.accountIndex, account])
  if (witness) return askWitness({ ...o, witness })
  return 'unverified'
}

/** @throws ServiceError `OTHER_ACCOUNT` */
export function byIdentity(exchange: KnownExchange, [known, given]: [Buffer, Buffer]): 'identity' {
  if (known.equals(given)) return 'identity'
  throw otherAccount(exchange)
}

/** The key to compare with: one that was not refused, for reading if there is one. */
export function findWitness(keys: readonly SealedApiKey[]): SealedApiKey | undefined {
  return keys.find((key) => key.isValid !== false)
}

async function askWitness(o: Newcomer & { witness: SealedApiKey }): Promise<AccountMatch> {
  const { exchange, check } = o
  const seen = await checkWitness(o)
  if (!seen) return 'unverified'
  if (seen.accountId !== null && check.accountId !== null) {
    if (seen.accountId === check.accountId) return 'identity'
    throw otherAccount(exchange)
  }
  const after = await readAgain(o)
  if (!after) return 'unverified'
  const compared = compareHoldings({ before: check, other: seen, after })
  if (compared === 'different') throw otherAccount(exchange)
  return compared === 'same' ? 'balances' : 'unverified'
}

/** Null: a stored key that is refused itself cannot speak, and the new key is not held up by it. */
async function checkWitness(o: Newcomer & { witness: SealedApiKey }): Promise<KeyCheck | null> {
  const { ctx, exchange, witness } = o
  const reason = 'comparison with a new key'
  try {
    return await withAccount({ ctx, key: witness, exchange, reason, run: (account) => account.checkKey() })
  } catch (error) {
    if (!(error instanceof ExchangeError) || !error.keyFault) throw asServiceError(error)
    if (isRefusal(error)) await markRefused({ ctx, key: witness, error })
    return null
  }
}

/** Null: the new key, which was accepted a moment ago, is refused. */
async function readAgain(o: Newcomer): Promise<KeyCheck | null> {
  const { ctx, exchange, credentials } = o
  const account = openAccount({ ...connectionOf({ services: ctx.services, exchange }), credentials })
  try {
    return await account.checkKey()
  } catch (error) {
    if (error instanceof ExchangeError && error.keyFault) return null
    throw asServiceError(error)
  } finally {
    account.close()
  }
}

function otherAccount({ exchangeName }: KnownExchange): ServiceError {
  const message = `This key belongs to another account at ${exchangeName} than the wallet shows. Connect it as a wallet with a name of its own, so that the two are kept apart.`
  return new ServiceError({
    kind: 'refused',
    reason: 'OTHER_ACCOUNT',
    message,
    fields: { walletLabel: message },
  })
}
