import type { Queryable } from '../database.ts'

/** A wallet without its balances. Amounts are exact text. */
export interface WalletOverviewRow {
  walletId: string
  exchangeId: string
  exchangeName: string
  label: string
  lastUpdated: Date | null
  totalUsdValue: string
  unpricedAssets: number
  /** Names of what is held, or owed, without a price. */
  unpriced: string[]
  syncStatus: 'idle' | 'queued' | 'running' | 'failed'
  syncStep: string | null
  syncError: { code: string; message: string; retryAt?: string | null } | null
  nextSyncAt: Date | null
  hasKey: boolean
  createdAt: Date
  updatedAt: Date
  /** What the last complete snapshot up to `baseAt` says it was worth; null if there is none. */
  baseUsdValue: string | null
}

/** A user's wallets, by exchange and label, each with what it was worth at `baseAt`. */
export async function readWalletOverviews(
  q: Queryable,
  o: { userId: string; baseAt: Date },
): Promise<WalletOverviewRow[]> {
  const { rows } = await q.query<WalletOverviewRow>({
    name: 'read_wallet_overviews',
    text: `
      SELECT w.wallet_id AS "walletId", w.exchange_id AS "exchangeId", e.exchange_name AS "exchangeName",
        w.label, w.last_updated AS "lastUpdated", trim_scale(w.total_usd_value)::text AS "totalUsdValue",
        w.unpriced_assets AS "unpricedAssets", w.sync_status AS "syncStatus", w.sync_step AS "syncStep",
        w.sync_error AS "syncError", w.next_sync_at AS "nextSyncAt", w.created_at AS "createdAt",
        w.updated_at AS "updatedAt",
        ARRAY(
          SELECT DISTINCT b.asset FROM balances b
          WHERE b.user_id = w.user_id AND b.wallet_id = w.wallet_id AND b.usd_price IS NULL AND b.total <> 0
          ORDER BY b.asset
        ) AS unpriced,
        EXISTS (
          SELECT FROM user_api_keys k WHERE k.user_id = w.user_id AND k.wallet_id = w.wallet_id
        ) AS "hasKey",
        (
          SELECT trim_scale(s.total_usd_value)::text FROM wallet_snapshots s
          WHERE s.user_id = w.user_id AND s.wallet_id = w.wallet_id AND s.complete AND s.taken_at <= $2
          ORDER BY s.taken_at DESC LIMIT 1
        ) AS "baseUsdValue"
      FROM wallets w JOIN exchanges e USING (exchange_id)
      WHERE w.user_id = $1
      ORDER BY e.exchange_name, w.label`,
    values: [o.userId, o.baseAt],
  })
  return rows
}
