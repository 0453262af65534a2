-- AlterTable
ALTER TABLE "user_api_keys"
    ADD COLUMN "next_check_at" TIMESTAMPTZ(3) NOT NULL DEFAULT (now() + random() * interval '24 hours'),
    ADD COLUMN "withdrawals_confirmed" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "account_match" VARCHAR(20);
-- Keys that are there are checked over the next day; a new one is due until its first check says otherwise.
ALTER TABLE "user_api_keys" ALTER COLUMN "next_check_at" SET DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "wallets" ADD COLUMN "account_index" BYTEA;

-- AlterTable
ALTER TABLE "data_keys" ADD COLUMN "row_id" UUID;

-- DropIndex
DROP INDEX "user_api_keys_checked_at_idx";

-- CreateIndex
CREATE INDEX "user_api_keys_next_check_at_idx" ON "user_api_keys"("next_check_at");

-- CreateIndex
CREATE INDEX "data_keys_user_id_row_id_idx" ON "data_keys"("user_id", "row_id");

-- From here on by hand: what the datamodel cannot say.

-- A key that could withdraw was not stored without a confirmation.
UPDATE user_api_keys SET withdrawals_confirmed = true WHERE permissions ->> 'withdraw' = 'yes';

ALTER TABLE user_api_keys
  ADD CONSTRAINT user_api_keys_account_match_is_known
    CHECK (account_match IN ('identity', 'balances', 'unverified', 'different'));
ALTER TABLE wallets
  ADD CONSTRAINT wallets_account_index_is_sha256 CHECK (octet_length(account_index) = 32);

-- Who else is there, for a person who wants to go: how many of each role, and nothing else of them. Callers wait
-- for each other until their transactions end, and for sign-ups, so that two administrators cannot both go because
-- the other one stays.
CREATE FUNCTION roles_besides(p_user_id uuid) RETURNS TABLE (role text, is_active boolean, people bigint) LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('opentrade first user', 0));
  RETURN QUERY
    SELECT u.role::text, u.is_active, count(*) FROM users u WHERE u.user_id <> p_user_id
    GROUP BY u.role, u.is_active;
END
$$;
REVOKE ALL ON FUNCTION roles_besides(uuid) FROM PUBLIC;
