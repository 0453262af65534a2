import type { Queryable } from '@opentrade/db'
import { Decimal } from 'decimal.js'

export type AccountType = 'spot' | 'funding' | 'earn_flexible' | 'earn_locked'

/** What an account holds of one asset in one account type. */
export interface Balance {
  asset: string
  free: Decimal
  locked: Decimal
}

/** A change of one asset's spot balance. */
export interface BalanceMove {
  asset: string
  free: Decimal
  locked: Decimal
}

interface BalanceRow {
  asset: string
  free: string
  locked: string
}

function toBalance(row: BalanceRow): Balance {
  return { asset: row.asset, free: new Decimal(row.free), locked: new Decimal(row.locked) }
}

/** The balances of one account type, by asset. */
export async function listBalances(
  q: Queryable,
  o: { accountId: number; accountType: AccountType },
): Promise<Balance[]> {
  const { rows } = await q.query<BalanceRow>({
    name: 'paper_list_balances',
    text: `SELECT asset, free, locked FROM paper.balances
      WHERE account_id = $1 AND account_type = $2 ORDER BY asset`,
    values: [o.accountId, o.accountType],
  })
  return rows.map(toBalance)
}

/** What of an asset is free to trade; 0 when the account never held it. */
export async function readFree(q: Queryable, o: { accountId: number; asset: string }): Promise<Decimal> {
  const { rows } = await q.query<{ free: string }>(
    `SELECT free FROM paper.balances WHERE account_id = $1 AND account_type = 'spot' AND asset = $2`,
    [o.accountId, o.asset],
  )
  return new Decimal(rows[0]?.free ?? 0)
}

/** Writes the balances of a new account. */
export async function insertBalances(
  q: Queryable,
  o: { accountId: number; accountType: AccountType; balances: { asset: string; free: string }[] },
): Promise<void> {
  await q.query(
    `INSERT INTO paper.balances (account_id, account_type, asset, free)
     SELECT $1, $2, t.asset, t.free FROM unnest($3::text[], $4::numeric[]) AS t (asset, free)`,
    [o.accountId, o.accountType, o.balances.map((b) => b.asset), o.balances.map((b) => b.free)],
  )
}

/**
 * Adds to spot balances (or takes, when negative). The caller holds the account's lock.
 * A move that would leave less than nothing breaks a CHECK and so the whole transaction.
 */
export async function moveBalances(
  q: Queryable,
  o: { accountId: number; moves: readonly BalanceMove[] },
): Promise<void> {
  for (const move of o.moves) {
    const values = [o.accountId, move.asset, move.free.toFixed(), move.locked.toFixed()]
    const { rowCount } = await q.query(
      `UPDATE paper.balances SET free = free + $3::numeric, locked = locked + $4::numeric
       WHERE account_id = $1 AND account_type = 'spot' AND asset = $2`,
      values,
    )
    if (rowCount === 1) continue
    await q.query(
      `INSERT INTO paper.balances (account_id, account_type, asset, free, locked)
       VALUES ($1, 'spot', $2, $3, $4)`,
      values,
    )
  }
}

/** Sets what is free of some assets; false when there is no such account. */
export async function setBalances(
  q: Queryable,
  o: { accountId: number; accountType: AccountType; balances: { asset: string; free: string }[] },
): Promise<boolean> {
  const account = await q.query('SELECT 1 FROM paper.accounts WHERE account_id = $1', [o.accountId])
  if (account.rowCount === 0) return false
  await q.query(
    `INSERT INTO paper.balances (account_id, account_type, asset, free)
     SELECT $1, $2, t.asset, max(t.free) FROM unnest($3::text[], $4::numeric[]) AS t (asset, free) GROUP BY t.asset
     ON CONFLICT (account_id, account_type, asset) DO UPDATE SET free = excluded.free`,
    [o.accountId, o.accountType, o.balances.map((b) => b.asset), o.balances.map((b) => b.free)],
  )
  return true
}
