/**
 * The JSON text of a wallet with its balances, written by PostgreSQL. Of the ways measured (json_agg over
 * json_build_object, over rows, concat), joining the pieces with || was the quickest: 10 ms for 2,000
 * balances against 14 to 18. Amounts and ids need no escaping; texts go through to_json. Amounts lose their
 * trailing zeros; times are as a JavaScript Date writes them.
 *
 * Selects wallet_id and json from the wallets w of user $1; the caller adds a WHERE.
 */
export const walletJson = `
  SELECT w.wallet_id,
    '{"walletId":"' || w.wallet_id
    || '","exchangeId":' || to_json(w.exchange_id)
    || ',"exchangeName":' || to_json(e.exchange_name)
    || ',"label":' || to_json(w.label)
    || ',"lastUpdated":' || ${timeOrNull('w.last_updated')}
    || ',"totalUsdValue":"' || trim_scale(w.total_usd_value)
    || '","unpricedAssets":' || w.unpriced_assets
    || ',"syncStatus":' || to_json(w.sync_status)
    || ',"syncStep":' || coalesce(to_json(w.sync_step)::text, 'null')
    || ',"syncError":' || coalesce((w.sync_error - 'failures')::text, 'null')
    || ',"nextSyncAt":' || ${timeOrNull('w.next_sync_at')}
    || ',"createdAt":' || ${timeOrNull('w.created_at')}
    || ',"updatedAt":' || ${timeOrNull('w.updated_at')}
    || ',"balances":[' || coalesce(b.json, '') || ']}' AS json
  FROM wallets w
  JOIN exchanges e USING (exchange_id)
  LEFT JOIN LATERAL (
    SELECT string_agg(
      '{"accountType":' || to_json(b.account_type)
      || ',"asset":' || to_json(b.asset)
      || ',"free":"' || trim_scale(b.free)
      || '","locked":"' || trim_scale(b.locked)
      || '","total":"' || trim_scale(b.total)
      || CASE
        WHEN b.usd_price IS NULL THEN '","usdValue":null,"usdPrice":null'
        ELSE '","usdValue":"' || trim_scale(b.usd_value) || '","usdPrice":"' || trim_scale(b.usd_price) || '"'
      END
      || ',"priceSource":' || coalesce(to_json(b.price_source)::text, 'null')
      || ',"pricedAt":' || ${timeOrNull('b.priced_at')}
      || CASE
        WHEN b.usd_price IS NOT NULL OR b.suggested_price IS NULL THEN ''
        ELSE ',"suggestion":{"exchangeId":' || to_json(split_part(b.suggested_source, ' ', 1))
          || ',"usdPrice":"' || trim_scale(b.suggested_price)
          || '","source":' || to_json(b.suggested_source)
          || ',"at":' || ${timeOrNull('b.suggested_at')} || '}'
      END || '}',
      ',' ORDER BY b.usd_price IS NULL, b.usd_value DESC, b.asset, b.account_type
    ) AS json
    FROM balances b
    WHERE b.user_id = w.user_id AND b.wallet_id = w.wallet_id
  ) b ON true
  WHERE w.user_id = $1`

function timeOrNull(column: string): string {
  return `coalesce(to_char(${column} AT TIME ZONE 'UTC', '"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""'), 'null')`
}
