import type { KeyStateRow, WalletOverviewRow } from '@opentrade/db'
import type { Attention } from './types.ts'

const DAY_MS = 24 * 3_600_000
/** A key that expires sooner than this is worth a word: time enough to make a new one. */
const EXPIRES_WITHIN_MS = 14 * DAY_MS
/** So many intervals without news are no accident. */
const STALE_INTERVALS = 3
/** A sentence names so many assets; the rest is counted. */
const NAMED_ASSETS = 5

interface Findings {
  wallets: readonly WalletOverviewRow[]
  keys: readonly KeyStateRow[]
  now: Date
  syncIntervalSeconds: number
}

/** What the person should look at, the most pressing first; each message says what to do. */
export function listAttention(o: Findings): Attention[] {
  const refused = o.keys.filter((key) => key.isValid === false || key.refusedSince !== null)
  const failed = o.wallets.filter((wallet) => wallet.syncError !== null)
  // A refused key says why its wallet fails, and a failed sync says why the wallet is stale: once is enough.
  const refusedWallets = new Set(refused.filter((key) => key.purpose === 'read').map((key) => key.walletId))
  const failedWallets = new Set([...refusedWallets, ...failed.map((wallet) => wallet.walletId)])
  return [
    ...o.keys.flatMap(describeNewWithdrawals),
    ...o.keys.flatMap(describeOtherAccount),
    ...refused.map(describeRefusal),
    ...failed.filter((wallet) => !refusedWallets.has(wallet.walletId)).map(describeFailure),
    ...o.keys.flatMap((key) => describeExpiry({ key, now: o.now })),
    ...o.keys.flatMap(describeWithdrawals),
    ...o.keys.flatMap(describeUnchecked),
    ...o.wallets
      .filter((wallet) => !failedWallets.has(wallet.walletId))
      .flatMap((wallet) => describeAge({ wallet, ...o })),
    ...o.wallets.flatMap(describeUnpriced),
  ]
}

function describeRefusal(key: KeyStateRow): Attention {
  const reason = key.checkError?.message ?? 'The exchange refuses this key.'
  const { apiKeyId, walletId } = key
  if (key.isValid !== false) {
    const message = `${nameOfKey(key)}: ${reason} This may be temporary: the key will be checked again automatically.`
    return { kind: 'KEY_REFUSED', apiKeyId, walletId, message }
  }
  const message = `${nameOfKey(key)}: ${reason} Replace the key, or check it again once you have fixed it at the exchange.`
  return { kind: 'KEY_INVALID', apiKeyId, walletId, message }
}

function describeFailure(wallet: WalletOverviewRow): Attention {
  const reason = wallet.syncError?.message ?? 'The last sync failed. Sync it again.'
  // Most reasons begin with the exchange: naming it once is enough.
  const isNamed = wallet.label === '' && reason.startsWith(wallet.exchangeName)
  const message = isNamed ? reason : `${nameOfWallet(wallet)}: ${reason}`
  return { kind: 'SYNC_FAILED', walletId: wallet.walletId, message }
}

function describeExpiry({ key, now }: { key: KeyStateRow; now: Date }): Attention[] {
  const { apiKeyId, walletId, expiresAt } = key
  if (!expiresAt || expiresAt.getTime() - now.getTime() > EXPIRES_WITHIN_MS) return []
  const when = `${expiresAt <= now ? 'expired' : 'expires'} on ${expiresAt.toISOString().slice(0, 10)}`
  const message = `${nameOfKey(key)} ${when}. Make a new one at the exchange and replace it here.`
  return [{ kind: 'KEY_EXPIRES', apiKeyId, walletId, message }]
}

/** It could not when it was stored, or nobody could tell: either way nobody has agreed to it. */
function describeNewWithdrawals(key: KeyStateRow): Attention[] {
  if (key.withdraw !== 'yes' || key.withdrawalsConfirmed) return []
  const { apiKeyId, walletId } = key
  const message = `${nameOfKey(key)} can withdraw now, and that was not so or not known when you added it. If it was not you who allowed that, delete the key at the exchange at once; else switch the right off there.`
  return [{ kind: 'WITHDRAWALS_ENABLED', apiKeyId, walletId, message }]
}

function describeOtherAccount(key: KeyStateRow): Attention[] {
  if (!key.isOtherAccount) return []
  const { apiKeyId, walletId } = key
  const message = `${nameOfKey(key)} belongs to another account than its wallet shows. Replace it, or delete it and connect it as a wallet with a name of its own.`
  return [{ kind: 'OTHER_ACCOUNT', apiKeyId, walletId, message }]
}

function describeWithdrawals(key: KeyStateRow): Attention[] {
  if (key.withdraw !== 'yes' || !key.withdrawalsConfirmed) return []
  const { apiKeyId, walletId } = key
  const message = `${nameOfKey(key)} can withdraw. Switch that right off at the exchange: nothing here needs it.`
  return [{ kind: 'WITHDRAWALS_ENABLED', apiKeyId, walletId, message }]
}

function describeUnchecked(key: KeyStateRow): Attention[] {
  const { apiKeyId, walletId } = key
  if (key.isValid === null) {
    const message = `${nameOfKey(key)} has not been checked yet. Check it on the page of your API keys.`
    return [{ kind: 'KEY_UNCHECKED', apiKeyId, walletId, message }]
  }
  if (key.withdraw !== 'unverified') return []
  const message = `${nameOfKey(key)}: the exchange does not say whether it can withdraw. Make sure there that it cannot.`
  return [{ kind: 'KEY_UNCHECKED', apiKeyId, walletId, message }]
}

function describeAge(o: { wallet: WalletOverviewRow; now: Date; syncIntervalSeconds: number }): Attention[] {
  const { wallet, now } = o
  const since = wallet.lastUpdated ?? wallet.createdAt
  if (now.getTime() - since.getTime() <= STALE_INTERVALS * o.syncIntervalSeconds * 1000) return []
  const age = wallet.lastUpdated
    ? `shows what it held on ${since.toISOString().slice(0, 16).replace('T', ' at ')} UTC`
    : 'was never read'
  const remedy = wallet.hasKey ? 'Sync it now.' : 'It has no API key any more: connect the exchange again.'
  return [{ kind: 'STALE', walletId: wallet.walletId, message: `${nameOfWallet(wallet)} ${age}. ${remedy}` }]
}

function describeUnpriced(wallet: WalletOverviewRow): Attention[] {
  const { unpriced, walletId } = wallet
  if (unpriced.length === 0) return []
  const rest = unpriced.length - NAMED_ASSETS
  const names = `${unpriced.slice(0, NAMED_ASSETS).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  const [assets, have, are] =
    unpriced.length === 1 ? ['1 asset', 'has', 'is'] : [`${unpriced.length} assets`, 'have', 'are']
  const message = `${assets} on ${nameOfWallet(wallet)} ${have} no price and ${are} not in your total: ${names}.`
  return [{ kind: 'UNPRICED', walletId, message }]
}

function nameOfKey(key: KeyStateRow): string {
  return key.nickname ? `The ${key.exchangeName} key “${key.nickname}”` : `The ${key.exchangeName} key`
}

function nameOfWallet(wallet: WalletOverviewRow): string {
  return wallet.label ? `${wallet.exchangeName} (${wallet.label})` : wallet.exchangeName
}
