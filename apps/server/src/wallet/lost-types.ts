import { readBalances } from '@opentrade/db'
import type { AccountBalances, FailedAccountType } from '@opentrade/exchange'
import { getExchange } from '../exchange/get.ts'
import type { SyncRun } from './sync-run.ts'

/**
 * Account types that the exchange now refuses to this key, although the wallet holds something of them from before:
 * a right that was taken away must not look like a loss. They count as failed and stay as they were.
 */
export async function findLostTypes(o: {
  run: SyncRun
  balances: AccountBalances
}): Promise<FailedAccountType[]> {
  const { run, balances } = o
  if (balances.absent.length === 0) return []
  const { services, actor } = run.ctx
  const { userId } = actor
  const { walletId, exchangeId } = run
  const before = await services.db.withUserSql(userId, (client) => readBalances(client, { userId, walletId }))
  const held = new Set(before.filter((row) => row.total !== '0').map((row) => row.accountType))
  const read = new Set(balances.holdings.map((holding) => holding.accountType))
  const lost = balances.absent.filter(({ accountType }) => held.has(accountType) && !read.has(accountType))
  if (lost.length === 0) return []
  const { exchangeName } = await getExchange({ services, exchangeId })
  return [...new Set(lost.map((type) => type.accountType))].map((accountType) => ({
    accountType,
    error: {
      code: 'PERMISSION_MISSING',
      message: `${exchangeName} no longer lets this key read the ${accountType} account, which held something before. Give the key the right to read it again, or make a new key and replace this one.`,
    },
  }))
}
