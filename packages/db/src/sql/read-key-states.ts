import type { Queryable } from '../database.ts'

/** What may be wrong with an API key, and nothing of what is sealed in it. */
export interface KeyStateRow {
  apiKeyId: string
  walletId: string
  exchangeName: string
  nickname: string | null
  purpose: 'read' | 'trade'
  /** Null: not checked yet. */
  isValid: boolean | null
  checkError: { code: string; message: string } | null
  /** Since when the exchange has refused it without a good answer in between. */
  refusedSince: Date | null
  expiresAt: Date | null
  /** Whether it can withdraw: 'yes', 'no' or 'unverified'; null if it was never asked. */
  withdraw: string | null
  /** The person knew that it can withdraw when they stored it. */
  withdrawalsConfirmed: boolean
  /** True if it was found to see another account than its wallet shows. */
  isOtherAccount: boolean
}

/** The state of each API key of a user, by exchange and nickname. */
export async function readKeyStates(q: Queryable, o: { userId: string }): Promise<KeyStateRow[]> {
  const { rows } = await q.query<KeyStateRow>({
    name: 'read_key_states',
    text: `
      SELECT k.api_key_id AS "apiKeyId", k.wallet_id AS "walletId", e.exchange_name AS "exchangeName",
        k.key_nickname AS nickname, k.purpose, k.is_valid AS "isValid", k.check_error AS "checkError",
        k.refused_since AS "refusedSince",
        k.expires_at AS "expiresAt", k.permissions ->> 'withdraw' AS withdraw,
        k.withdrawals_confirmed AS "withdrawalsConfirmed",
        coalesce(k.account_match = 'different', false) AS "isOtherAccount"
      FROM user_api_keys k JOIN exchanges e USING (exchange_id)
      WHERE k.user_id = $1
      ORDER BY e.exchange_name, k.key_nickname NULLS FIRST`,
    values: [o.userId],
  })
  return rows
}
