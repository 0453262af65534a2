import { completeWalletSync, insertSnapshot, replaceBalances, suggestPrices } from '@opentrade/db'
import type { AccountBalances } from '@opentrade/exchange'
import { publishEvent } from '../events.ts'
import { getExchange } from '../exchange/get.ts'
import { printableName } from '../storable-name.ts'
import { retryDelaySeconds, spreadSeconds } from './schedule.ts'
import type { SyncRun } from './sync-run.ts'
import type { SyncError } from './types.ts'
import type { ValuedWallet } from './value-wallet.ts'

const NAMES_SHOWN = 20

/** Thrown inside the transaction to undo it: another run has taken the wallet over and its word counts. */
class LostRunError extends Error {
  override readonly name = 'LostRunError'
}

/**
 * Writes what a run has read, in one transaction: the balances in one statement, the wallet's worth, and one
 * snapshot per run. If some of the account could not be read, the snapshot is partial and the wallet says
 * what is missing. A run that has lost the wallet writes nothing.
 */
export async function saveSync(o: {
  run: SyncRun
  readAt: Date
  valued: ValuedWallet
  failed: AccountBalances['failed']
  unread: AccountBalances['unread']
  leftOut: readonly string[]
}): Promise<void> {
  const { run, readAt, valued } = o
  const { walletId, startedAt, failures } = run
  const { services, actor } = run.ctx
  const { userId } = actor
  const { totalUsdValue, unpricedAssets } = valued
  const missing = describeMissing({ ...o, exchangeName: await nameFor(o) })
  // What is left out by name would be left out again: it is no reason to read sooner, or to doubt the rest.
  const partial = o.failed.length > 0 || o.unread.length > 0
  const delay = partial
    ? retryDelaySeconds({ failures, intervalSeconds: services.env.syncIntervalSeconds })
    : spreadSeconds(services.env.syncIntervalSeconds)
  const nextSyncAt = new Date(readAt.getTime() + delay * 1000)
  const error = missing && {
    ...missing,
    retryAt: nextSyncAt.toISOString(),
    failures: partial ? failures + 1 : 0,
  }
  const complete = !partial && valued.pricesComplete
  try {
    await services.db.withUserSql(userId, async (client) => {
      // First, and it locks the row: from here on no other run can take the wallet over.
      const ours = await completeWalletSync(client, {
        ...{ userId, walletId, startedAt, readAt },
        ...{ totalUsdValue, unpricedAssets, error, nextSyncAt },
      })
      if (!ours) throw new LostRunError('Another run has taken the wallet over.')
      await replaceBalances(client, { userId, walletId, rows: valued.rows })
      const { suggestions } = valued
      if (suggestions.length > 0) await suggestPrices(client, { userId, walletId, suggestions })
      const holdings = snapshotOf(valued)
      await insertSnapshot(client, { userId, walletId, takenAt: readAt, totalUsdValue, complete, holdings })
      await publishEvent(client, { type: 'wallet', userId, walletId })
    })
  } catch (caught) {
    if (!(caught instanceof LostRunError)) throw caught
    services.log.info({ walletId }, 'A sync came to its end after another run had taken the wallet over')
  }
}

/** What a snapshot keeps of each holding: enough to say later what the total was made of. */
function snapshotOf({ rows }: ValuedWallet): object[] {
  return rows.map(({ accountType, asset, total, usdPrice, usdValue }) => ({
    ...{ accountType, asset, total, usdPrice, usdValue },
  }))
}

/** The exchange's name if a sentence needs it: most syncs say nothing. */
async function nameFor(o: { run: SyncRun; unread: AccountBalances['unread'] }): Promise<string> {
  const { exchangeId, ctx } = o.run
  if (o.unread.length === 0) return ''
  return (await getExchange({ services: ctx.services, exchangeId })).exchangeName
}

function describeMissing(o: {
  exchangeName: string
  failed: AccountBalances['failed']
  unread: AccountBalances['unread']
  leftOut: readonly string[]
}): Pick<SyncError, 'code' | 'message'> | null {
  const sentences: string[] = []
  const [first] = o.failed
  if (first) {
    const names = o.failed.map((failure) => failure.accountType).join(', ')
    sentences.push(
      `Not everything could be read (${names}), and what is shown there is from before. ${first.error.message}`,
    )
  }
  if (o.unread.length > 0) {
    const names = listNames(o.unread.map((one) => `${printableName(one.asset)} (${one.accountType})`))
    sentences.push(
      `${o.exchangeName} did not state a valid amount for ${names}. Any balance shown for it is from the last successful sync.`,
    )
  }
  if (o.leftOut.length > 0) {
    const names = listNames(o.leftOut)
    sentences.push(`Left out, because the amount is too large or the name cannot be stored: ${names}.`)
  }
  if (sentences.length === 0) return null
  const isPartial = o.failed.length > 0 || o.unread.length > 0
  return { code: isPartial ? 'PARTIAL' : 'NOT_STORABLE', message: sentences.join(' ') }
}

/** As many names as a person reads. */
function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ')
  const more = names.length - NAMES_SHOWN
  return more > 0 ? `${shown} and ${more} more` : shown
}
