/** How one table goes into the export of what a person has: never a secret, and never a hash of one. */
export interface ExportSection {
  table: string
  /** The name of its rows in the export. */
  section: string
  /** What is given of a row, as SQL over the row `t`. Times come as ISO 8601 in UTC, amounts as text. */
  columns: string
  /** How a list that grows without an end is given in pages, newest first. */
  pages?: Pages
}

/** SQL over the row `t`. */
interface Pages {
  order: string
  /** What tells a row from all others, as text. */
  cursor: string
  /** True of the rows that come after the one whose cursor is `$2`. */
  after: string
}

/** The sections that come in pages. */
export const growingSections = ['snapshots', 'auditLog'] as const
export type GrowingSection = (typeof growingSections)[number]

/** Tables that hold nothing that a person would miss, and why. A new table stands here or below: a test says so. */
export const leftOut: Record<string, string> = {
  data_keys: 'Wrapped keys, which open nothing outside this installation.',
  sent_notices: 'Which mails went out already, to send none twice.',
  second_factor_challenges: 'Sign-ins that wait for a second factor, for five minutes.',
  pending_sign_ups: 'Sign-ups that are not confirmed, before there is an account.',
}

function iso(column: string): string {
  return `to_char(t.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/** Every table with a person's data, in the order of the export. */
export const exportSections: ExportSection[] = [
  {
    table: 'users',
    section: 'profile',
    columns: `'userId', t.user_id, 'email', t.email, 'emailVerified', t.email_verified, 'displayName', t.display_name,
      'firstName', t.first_name, 'lastName', t.last_name, 'role', t.role, 'hasPassword', t.password_hash IS NOT NULL,
      'createdAt', ${iso('created_at')}, 'lastLoginAt', ${iso('last_login_at')}`,
  },
  { table: 'user_settings', section: 'settings', columns: `'key', t.setting_key, 'value', t.setting_value` },
  {
    table: 'user_identities',
    section: 'identities',
    columns: `'provider', t.provider, 'issuer', t.issuer, 'subject', t.subject, 'email', t.email,
      'createdAt', ${iso('created_at')}`,
  },
  {
    table: 'sessions',
    section: 'sessions',
    columns: `'sessionId', t.session_id, 'userAgent', t.user_agent, 'ip', t.ip, 'keepSignedIn', t.keep_signed_in,
      'createdAt', ${iso('created_at')}, 'lastUsedAt', ${iso('last_used_at')}, 'expiresAt', ${iso('expires_at')},
      'revokedAt', ${iso('revoked_at')}, 'revokeReason', t.revoke_reason`,
  },
  {
    table: 'one_time_tokens',
    section: 'links',
    columns: `'purpose', t.purpose, 'email', t.email, 'createdAt', ${iso('created_at')},
      'expiresAt', ${iso('expires_at')}, 'usedAt', ${iso('used_at')}`,
  },
  {
    table: 'user_api_keys',
    section: 'apiKeys',
    columns: `'apiKeyId', t.api_key_id, 'exchangeId', t.exchange_id, 'walletId', t.wallet_id, 'hint', t.api_key_hint,
      'nickname', t.key_nickname, 'purpose', t.purpose, 'permissions', t.permissions, 'isValid', t.is_valid,
      'checkError', t.check_error, 'refusedSince', ${iso('refused_since')}, 'checkedAt', ${iso('checked_at')}, 'expiresAt', ${iso('expires_at')},
      'createdAt', ${iso('created_at')}`,
  },
  {
    table: 'wallets',
    section: 'wallets',
    columns: `'walletId', t.wallet_id, 'exchangeId', t.exchange_id, 'label', t.label,
      'totalUsdValue', trim_scale(t.total_usd_value)::text, 'unpricedAssets', t.unpriced_assets,
      'lastUpdated', ${iso('last_updated')}, 'createdAt', ${iso('created_at')}`,
  },
  {
    table: 'balances',
    section: 'balances',
    columns: `'walletId', t.wallet_id, 'accountType', t.account_type, 'asset', t.asset,
      'free', trim_scale(t.free)::text, 'locked', trim_scale(t.locked)::text, 'total', trim_scale(t.total)::text,
      'usdPrice', trim_scale(t.usd_price)::text,
      'usdValue', CASE WHEN t.usd_price IS NULL THEN NULL ELSE trim_scale(t.usd_value)::text END,
      'priceSource', t.price_source, 'pricedAt', ${iso('priced_at')},
      'suggestedPrice', trim_scale(t.suggested_price)::text, 'suggestedSource', t.suggested_source,
      'suggestedAt', ${iso('suggested_at')}`,
  },
  {
    table: 'wallet_snapshots',
    section: 'snapshots',
    columns: `'walletId', t.wallet_id, 'takenAt', ${iso('taken_at')},
      'totalUsdValue', trim_scale(t.total_usd_value)::text, 'complete', t.complete, 'holdings', t.holdings`,
    pages: {
      order: 't.taken_at DESC, t.wallet_id DESC',
      // PostgreSQL keeps microseconds, which ISO 8601 as it is given here does not.
      cursor: `(extract(epoch FROM t.taken_at) * 1000000)::bigint || ':' || t.wallet_id`,
      after: `(t.taken_at, t.wallet_id) < (
        'epoch'::timestamptz + split_part($2, ':', 1)::bigint * interval '1 microsecond', split_part($2, ':', 2)::uuid)`,
    },
  },
  {
    table: 'audit_log',
    section: 'auditLog',
    columns: `'seq', t.seq::text, 'at', ${iso('at')}, 'actor', t.actor, 'action', t.action, 'target', t.target,
      'detail', t.detail, 'ip', t.ip`,
    pages: { order: 't.seq DESC', cursor: 't.seq::text', after: 't.seq < $2::bigint' },
  },
  {
    table: 'second_factors',
    section: 'authenticators',
    columns: `'isConfirmed', t.is_confirmed, 'createdAt', ${iso('created_at')}`,
  },
  {
    table: 'recovery_codes',
    section: 'recoveryCodes',
    columns: `'createdAt', ${iso('created_at')}, 'usedAt', ${iso('used_at')}`,
  },
  {
    table: 'passkeys',
    section: 'passkeys',
    columns: `'passkeyId', t.passkey_id, 'name', t.name, 'createdAt', ${iso('created_at')},
      'lastUsedAt', ${iso('last_used_at')}`,
  },
  {
    table: 'api_tokens',
    section: 'apiTokens',
    columns: `'tokenId', t.token_id, 'name', t.name, 'scopes', t.scopes, 'hint', t.hint,
      'createdAt', ${iso('created_at')}, 'expiresAt', ${iso('expires_at')}, 'lastUsedAt', ${iso('last_used_at')}`,
  },
]
