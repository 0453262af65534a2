import type { Queryable } from '@opentrade/db'

/** Makes the account of a reference, or finds the one that it has. */
export async function ensureAccount(
  q: Queryable,
  o: { reference: string; label: string; now: number },
): Promise<{ accountId: number; created: boolean }> {
  const inserted = await q.query<{ account_id: string }>(
    `INSERT INTO paper.accounts (reference, label, created_ms) VALUES ($1, $2, $3)
     ON CONFLICT (reference) DO NOTHING RETURNING account_id`,
    [o.reference, o.label, o.now],
  )
  if (inserted.rows[0]) return { accountId: Number(inserted.rows[0].account_id), created: true }
  const { rows } = await q.query<{ account_id: string }>(
    'SELECT account_id FROM paper.accounts WHERE reference = $1',
    [o.reference],
  )
  if (!rows[0]) throw new Error('The account was deleted while it was opened.')
  return { accountId: Number(rows[0].account_id), created: false }
}

/** Waits for every other change of the account's orders and balances; until the transaction ends, none begins. */
export async function lockAccount(q: Queryable, accountId: number): Promise<void> {
  await q.query('SELECT 1 FROM paper.accounts WHERE account_id = $1 FOR UPDATE', [accountId])
}
