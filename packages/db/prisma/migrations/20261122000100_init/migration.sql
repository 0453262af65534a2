-- An id that grows with time (RFC 9562, version 7): milliseconds in front, randomness behind. Its own
-- function, since PostgreSQL has one from 18 on only.
CREATE FUNCTION opentrade_uuidv7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_bit(set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6
      ), 52, 1), 53, 1),
    'hex')::uuid
$$;

-- CreateTable
CREATE TABLE "deployment" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "deployment_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("singleton")
);

-- CreateTable
CREATE TABLE "users" (
    "user_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "email" VARCHAR(255) NOT NULL,
    "password_hash" VARCHAR(255),
    "display_name" VARCHAR(255),
    "first_name" VARCHAR(255),
    "last_name" VARCHAR(255),
    "role" VARCHAR(20) NOT NULL DEFAULT 'user',
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_login_at" TIMESTAMPTZ(3),

    CONSTRAINT "users_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "user_identities" (
    "user_id" UUID NOT NULL,
    "provider" VARCHAR(50) NOT NULL,
    "issuer" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "email" VARCHAR(255),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_identities_pkey" PRIMARY KEY ("user_id","issuer","subject")
);

-- CreateTable
CREATE TABLE "sessions" (
    "user_id" UUID NOT NULL,
    "session_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "family_id" UUID NOT NULL,
    "refresh_hash" BYTEA NOT NULL,
    "previous_hash" BYTEA,
    "successor_sealed" BYTEA,
    "rotated_at" TIMESTAMPTZ(3),
    "user_agent" TEXT,
    "ip" TEXT,
    "keep_signed_in" BOOLEAN NOT NULL DEFAULT false,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "idle_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoke_reason" VARCHAR(50),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("user_id","session_id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "kid" VARCHAR(64) NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "wrapped_seed" BYTEA NOT NULL,
    "provider" VARCHAR(50) NOT NULL,
    "root_key_id" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "user_settings" (
    "user_id" UUID NOT NULL,
    "setting_key" VARCHAR(100) NOT NULL,
    "setting_value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_settings_pkey" PRIMARY KEY ("user_id","setting_key")
);

-- CreateTable
CREATE TABLE "exchanges" (
    "exchange_id" VARCHAR(50) NOT NULL,
    "exchange_name" VARCHAR(100) NOT NULL,
    "ccxt_id" VARCHAR(50) NOT NULL,
    "api_base_url" VARCHAR(255),
    "ws_base_url" VARCHAR(255),
    "required_credentials" JSONB NOT NULL,
    "is_active" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "exchanges_pkey" PRIMARY KEY ("exchange_id")
);

-- CreateTable
CREATE TABLE "data_keys" (
    "user_id" UUID NOT NULL,
    "data_key_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "provider" VARCHAR(50) NOT NULL,
    "root_key_id" VARCHAR(255) NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "commitment" BYTEA NOT NULL,
    "encryptions" INTEGER NOT NULL DEFAULT 0,
    "status" VARCHAR(20) NOT NULL DEFAULT 'active',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "data_keys_pkey" PRIMARY KEY ("user_id","data_key_id")
);

-- CreateTable
CREATE TABLE "user_api_keys" (
    "user_id" UUID NOT NULL,
    "api_key_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "exchange_id" VARCHAR(50) NOT NULL,
    "wallet_id" UUID NOT NULL,
    "api_key_encrypted" BYTEA NOT NULL,
    "api_secret_encrypted" BYTEA NOT NULL,
    "extra_encrypted" BYTEA,
    "data_key_id" UUID NOT NULL,
    "secret_version" INTEGER NOT NULL DEFAULT 1,
    "api_key_hint" VARCHAR(16) NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "key_nickname" VARCHAR(100),
    "purpose" VARCHAR(20) NOT NULL DEFAULT 'read',
    "permissions" JSONB,
    "is_valid" BOOLEAN,
    "checked_at" TIMESTAMPTZ(3),
    "check_error" JSONB,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_api_keys_pkey" PRIMARY KEY ("user_id","api_key_id")
);

-- CreateTable
CREATE TABLE "wallets" (
    "user_id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "exchange_id" VARCHAR(50) NOT NULL,
    "label" VARCHAR(100) NOT NULL DEFAULT '',
    "last_updated" TIMESTAMPTZ(3),
    "total_usd_value" DECIMAL(38,18) NOT NULL DEFAULT 0,
    "unpriced_assets" INTEGER NOT NULL DEFAULT 0,
    "sync_status" VARCHAR(20) NOT NULL DEFAULT 'idle',
    "sync_step" VARCHAR(50),
    "sync_error" JSONB,
    "sync_started_at" TIMESTAMPTZ(3),
    "next_sync_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "wallets_pkey" PRIMARY KEY ("user_id","wallet_id")
);

-- CreateTable
CREATE TABLE "balances" (
    "user_id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "account_type" VARCHAR(64) NOT NULL,
    "asset" VARCHAR(64) NOT NULL,
    "free" DECIMAL(38,18) NOT NULL,
    "locked" DECIMAL(38,18) NOT NULL,
    "total" DECIMAL(38,18) NOT NULL,
    "usd_value" DECIMAL(38,18) NOT NULL DEFAULT 0,
    "usd_price" DECIMAL(38,18),
    "price_source" VARCHAR(100),
    "priced_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "balances_pkey" PRIMARY KEY ("user_id","wallet_id","account_type","asset")
);

-- CreateTable
CREATE TABLE "wallet_snapshots" (
    "user_id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,
    "total_usd_value" DECIMAL(38,18) NOT NULL,
    "complete" BOOLEAN NOT NULL,
    "holdings" JSONB NOT NULL,

    CONSTRAINT "wallet_snapshots_pkey" PRIMARY KEY ("user_id","wallet_id","taken_at")
) PARTITION BY RANGE ("taken_at");

-- CreateTable
CREATE TABLE "asset_prices" (
    "asset" VARCHAR(64) NOT NULL,
    "usd_price" DECIMAL(38,18) NOT NULL,
    "source" VARCHAR(100) NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "asset_prices_pkey" PRIMARY KEY ("asset")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "user_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" VARCHAR(100) NOT NULL,
    "action" VARCHAR(100) NOT NULL,
    "target" VARCHAR(255),
    "detail" JSONB NOT NULL,
    "ip" VARCHAR(64),
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("user_id","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "user_identities_issuer_subject_key" ON "user_identities"("issuer", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_refresh_hash_key" ON "sessions"("refresh_hash");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_previous_hash_key" ON "sessions"("previous_hash");

-- CreateIndex
CREATE INDEX "sessions_user_id_family_id_idx" ON "sessions"("user_id", "family_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "exchanges_exchange_name_key" ON "exchanges"("exchange_name");

-- CreateIndex
CREATE INDEX "data_keys_provider_root_key_id_idx" ON "data_keys"("provider", "root_key_id");

-- CreateIndex
CREATE INDEX "user_api_keys_user_id_wallet_id_idx" ON "user_api_keys"("user_id", "wallet_id");

-- CreateIndex
CREATE INDEX "user_api_keys_user_id_data_key_id_idx" ON "user_api_keys"("user_id", "data_key_id");

-- CreateIndex
CREATE INDEX "user_api_keys_checked_at_idx" ON "user_api_keys"("checked_at");

-- CreateIndex
CREATE UNIQUE INDEX "user_api_keys_user_id_exchange_id_key_nickname_key" ON "user_api_keys"("user_id", "exchange_id", "key_nickname") NULLS NOT DISTINCT;

-- CreateIndex
CREATE UNIQUE INDEX "user_api_keys_user_id_fingerprint_key" ON "user_api_keys"("user_id", "fingerprint");

-- CreateIndex
CREATE INDEX "wallets_next_sync_at_idx" ON "wallets"("next_sync_at") WHERE "next_sync_at" IS NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "wallets_user_id_exchange_id_label_key" ON "wallets"("user_id", "exchange_id", "label");

-- CreateIndex
CREATE INDEX "balances_user_id_asset_idx" ON "balances"("user_id", "asset");

-- AddForeignKey
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_settings" ADD CONSTRAINT "user_settings_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "data_keys" ADD CONSTRAINT "data_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_api_keys" ADD CONSTRAINT "user_api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_api_keys" ADD CONSTRAINT "user_api_keys_exchange_id_fkey" FOREIGN KEY ("exchange_id") REFERENCES "exchanges"("exchange_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "user_api_keys" ADD CONSTRAINT "user_api_keys_user_id_wallet_id_fkey" FOREIGN KEY ("user_id", "wallet_id") REFERENCES "wallets"("user_id", "wallet_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_api_keys" ADD CONSTRAINT "user_api_keys_user_id_data_key_id_fkey" FOREIGN KEY ("user_id", "data_key_id") REFERENCES "data_keys"("user_id", "data_key_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_exchange_id_fkey" FOREIGN KEY ("exchange_id") REFERENCES "exchanges"("exchange_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "balances" ADD CONSTRAINT "balances_user_id_wallet_id_fkey" FOREIGN KEY ("user_id", "wallet_id") REFERENCES "wallets"("user_id", "wallet_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "wallet_snapshots" ADD CONSTRAINT "wallet_snapshots_user_id_wallet_id_fkey" FOREIGN KEY ("user_id", "wallet_id") REFERENCES "wallets"("user_id", "wallet_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- From here on by hand: what the datamodel cannot say.

INSERT INTO deployment DEFAULT VALUES;
ALTER TABLE deployment ADD CONSTRAINT deployment_is_one_row CHECK (singleton);

ALTER TABLE users
  ADD CONSTRAINT users_email_is_lower_case CHECK (email = lower(email)),
  ADD CONSTRAINT users_email_has_an_at CHECK (position('@' IN email) > 1),
  ADD CONSTRAINT users_role_is_known CHECK (role IN ('user', 'admin'));

ALTER TABLE sessions
  ADD CONSTRAINT sessions_refresh_hash_is_sha256 CHECK (octet_length(refresh_hash) = 32),
  ADD CONSTRAINT sessions_previous_hash_is_sha256 CHECK (octet_length(previous_hash) = 32);

ALTER TABLE data_keys
  ADD CONSTRAINT data_keys_commitment_is_32_bytes CHECK (octet_length(commitment) = 32),
  ADD CONSTRAINT data_keys_encryptions_is_not_negative CHECK (encryptions >= 0),
  ADD CONSTRAINT data_keys_status_is_known CHECK (status IN ('active', 'rotating', 'retired'));

ALTER TABLE user_api_keys
  ADD CONSTRAINT user_api_keys_fingerprint_is_sha256 CHECK (octet_length(fingerprint) = 32),
  ADD CONSTRAINT user_api_keys_secret_version_is_positive CHECK (secret_version > 0),
  ADD CONSTRAINT user_api_keys_nickname_is_not_empty CHECK (key_nickname <> ''),
  ADD CONSTRAINT user_api_keys_purpose_is_known CHECK (purpose IN ('read', 'trade'));

-- NUMERIC holds NaN, which equals itself and is larger than every number: never money.
ALTER TABLE wallets
  ADD CONSTRAINT wallets_total_is_a_number CHECK (total_usd_value <> 'NaN'),
  ADD CONSTRAINT wallets_unpriced_assets_is_not_negative CHECK (unpriced_assets >= 0),
  ADD CONSTRAINT wallets_sync_status_is_known CHECK (sync_status IN ('idle', 'queued', 'running', 'failed')),
  ADD CONSTRAINT wallets_sync_step_is_known
    CHECK (sync_step IN ('connecting', 'reading balances', 'pricing', 'saving'));

ALTER TABLE balances
  ADD CONSTRAINT balances_total_is_free_and_locked CHECK (total = free + locked),
  ADD CONSTRAINT balances_are_numbers CHECK (free <> 'NaN' AND locked <> 'NaN' AND usd_value <> 'NaN'),
  ADD CONSTRAINT balances_usd_price_is_not_negative CHECK (usd_price >= 0 AND usd_price <> 'NaN'),
  ADD CONSTRAINT balances_unpriced_is_worth_nothing CHECK (usd_price IS NOT NULL OR usd_value = 0),
  ADD CONSTRAINT balances_asset_is_not_empty CHECK (asset <> ''),
  ADD CONSTRAINT balances_account_type_is_not_empty CHECK (account_type <> '');

ALTER TABLE asset_prices
  ADD CONSTRAINT asset_prices_usd_price_is_not_negative CHECK (usd_price >= 0 AND usd_price <> 'NaN');

-- Snapshots, by month. The default partition takes what no month was made for, so that a snapshot is
-- never refused; ensure_snapshot_partition moves it out when the month is made.
ALTER TABLE wallet_snapshots ADD CONSTRAINT wallet_snapshots_total_is_a_number CHECK (total_usd_value <> 'NaN');
CREATE TABLE wallet_snapshots_default PARTITION OF wallet_snapshots DEFAULT;

-- Makes the partition of the month (UTC) that holds the given time. Returns whether it was made now.
CREATE FUNCTION ensure_snapshot_partition(p_at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  first_day timestamp := date_trunc('month', p_at AT TIME ZONE 'UTC');
  month_start timestamptz := first_day AT TIME ZONE 'UTC';
  month_end timestamptz := (first_day + interval '1 month') AT TIME ZONE 'UTC';
  partition_name text := 'wallet_snapshots_' || to_char(first_day, 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('opentrade snapshot partitions', 0));
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE wallet_snapshots INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
  EXECUTE format(
    'WITH moved AS (DELETE FROM wallet_snapshots_default WHERE taken_at >= $1 AND taken_at < $2 RETURNING *)
     INSERT INTO %I SELECT * FROM moved', partition_name) USING month_start, month_end;
  EXECUTE format('ALTER TABLE wallet_snapshots ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    partition_name, month_start, month_end);
  RETURN true;
END
$$;

-- The audit log: a hash chain per user. The hash of a row is the SHA-256 of, in this order,
--   the field 'opentrade-audit-v1', the 32 bytes of prev_hash, and the fields
--   user_id, seq, at (ISO 8601, UTC, milliseconds), actor, action, target, detail (as jsonb prints it), ip.
-- A field is its length in bytes as a big-endian int32 and its UTF-8; NULL is the length -1.
-- The first row's prev_hash is 32 zero bytes.
CREATE FUNCTION audit_field(p_value text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_value IS NULL THEN '\xffffffff'::bytea
    ELSE int4send(octet_length(convert_to(p_value, 'UTF8'))) || convert_to(p_value, 'UTF8')
  END
$$;

CREATE FUNCTION audit_hash(
  p_prev_hash bytea, p_user_id uuid, p_seq bigint, p_at timestamptz, p_actor text, p_action text,
  p_target text, p_detail jsonb, p_ip text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(
    audit_field('opentrade-audit-v1') || p_prev_hash || audit_field(p_user_id::text)
    || audit_field(p_seq::text)
    || audit_field(to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    || audit_field(p_actor) || audit_field(p_action) || audit_field(p_target)
    || audit_field(p_detail::text) || audit_field(p_ip))
$$;

-- Appends one row. Callers for the same user wait for each other: the lock comes before the statement
-- that reads the last row, so that this one sees what the other has committed.
CREATE FUNCTION append_audit(
  p_user_id uuid, p_actor text, p_action text, p_target text, p_detail jsonb, p_ip text
) RETURNS TABLE (new_seq bigint, new_hash bytea) LANGUAGE plpgsql AS $$
DECLARE
  last_seq bigint;
  last_hash bytea;
  now_ms timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('opentrade audit ' || p_user_id::text, 0));
  SELECT a.seq, a.hash INTO last_seq, last_hash
    FROM audit_log a WHERE a.user_id = p_user_id ORDER BY a.seq DESC LIMIT 1;
  now_ms := date_trunc('milliseconds', clock_timestamp());
  new_seq := coalesce(last_seq, 0) + 1;
  last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
  new_hash := audit_hash(last_hash, p_user_id, new_seq, now_ms, p_actor, p_action, p_target, p_detail, p_ip);
  INSERT INTO audit_log (user_id, seq, at, actor, action, target, detail, ip, prev_hash, hash)
    VALUES (p_user_id, new_seq, now_ms, p_actor, p_action, p_target, p_detail, p_ip, last_hash, new_hash);
  RETURN NEXT;
END
$$;

ALTER TABLE audit_log
  ADD CONSTRAINT audit_log_hashes_are_sha256 CHECK (octet_length(prev_hash) = 32 AND octet_length(hash) = 32),
  ADD CONSTRAINT audit_log_seq_is_positive CHECK (seq > 0);

-- A row goes only when its user has gone: the cascade runs after the user's row is deleted.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.user_id = OLD.user_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'The audit log is append-only: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_log_rows_stay BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_log_is_not_truncated BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
