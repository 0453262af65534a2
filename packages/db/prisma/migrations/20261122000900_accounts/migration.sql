-- AlterTable
ALTER TABLE "users" ADD COLUMN "deactivated_by" VARCHAR(10);

-- CreateTable
CREATE TABLE "one_time_tokens" (
    "user_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "purpose" VARCHAR(30) NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_tokens_pkey" PRIMARY KEY ("user_id","token_hash")
);

-- CreateTable
CREATE TABLE "pending_sign_ups" (
    "user_id" UUID NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "password_hash" VARCHAR(255) NOT NULL,
    "display_name" VARCHAR(255),
    "invitation_hash" BYTEA,
    "token_hash" BYTEA,
    "ip" VARCHAR(64),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pending_sign_ups_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "sent_notices" (
    "user_id" UUID NOT NULL,
    "kind" VARCHAR(30) NOT NULL,
    "subject" VARCHAR(100) NOT NULL,
    "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sent_notices_pkey" PRIMARY KEY ("user_id","kind","subject")
);

-- CreateTable
CREATE TABLE "outbox" (
    "mail_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "recipient_id" UUID,
    "to_address" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "body_text" TEXT NOT NULL,
    "body_html" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("mail_id")
);

-- CreateTable
CREATE TABLE "installation_settings" (
    "setting_key" VARCHAR(100) NOT NULL,
    "setting_value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_settings_pkey" PRIMARY KEY ("setting_key")
);

-- CreateTable
CREATE TABLE "invitations" (
    "invitation_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "token_hash" BYTEA NOT NULL,
    "email" VARCHAR(255),
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" UUID,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("invitation_id")
);

-- CreateIndex
CREATE INDEX "one_time_tokens_expires_at_idx" ON "one_time_tokens"("expires_at");

-- CreateIndex
CREATE INDEX "pending_sign_ups_expires_at_idx" ON "pending_sign_ups"("expires_at");

-- CreateIndex
CREATE INDEX "outbox_created_at_idx" ON "outbox"("created_at");

-- CreateIndex
CREATE INDEX "outbox_recipient_id_idx" ON "outbox"("recipient_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

-- AddForeignKey
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sent_notices" ADD CONSTRAINT "sent_notices_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_recipient_id_fkey" FOREIGN KEY ("recipient_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "users"("user_id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_used_by_fkey" FOREIGN KEY ("used_by") REFERENCES "users"("user_id") ON DELETE SET NULL ON UPDATE CASCADE;

-- From here on by hand: what the datamodel cannot say.

-- Accounts that were off before there was a difference were so by an administrator.
UPDATE users SET deactivated_by = 'admin' WHERE NOT is_active;

ALTER TABLE users ADD CONSTRAINT users_deactivated_by_is_known CHECK (deactivated_by IN ('self', 'admin'));
ALTER TABLE one_time_tokens
  ADD CONSTRAINT one_time_tokens_purpose_is_known CHECK (purpose IN ('verify-email', 'reset-password', 'change-email')),
  ADD CONSTRAINT one_time_tokens_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32);
ALTER TABLE pending_sign_ups
  ADD CONSTRAINT pending_sign_ups_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
  ADD CONSTRAINT pending_sign_ups_email_is_lower_case CHECK (email = lower(email));
ALTER TABLE invitations ADD CONSTRAINT invitations_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32);

-- The page of an administrator's list of people, the newest first: nothing that signs anybody in.
CREATE FUNCTION list_users(p_search text, p_before uuid, p_limit int)
RETURNS TABLE (
  user_id uuid, email text, display_name text, role text, is_active boolean, deactivated_by text,
  email_verified boolean, has_password boolean, created_at timestamptz, last_login_at timestamptz
) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT u.user_id, u.email::text, u.display_name::text, u.role::text, u.is_active, u.deactivated_by::text,
      u.email_verified, u.password_hash IS NOT NULL, u.created_at::timestamptz, u.last_login_at::timestamptz
    FROM users u
    WHERE (p_before IS NULL OR u.user_id < p_before)
      AND (p_search IS NULL
        OR position(lower(p_search) IN u.email) > 0
        OR position(lower(p_search) IN lower(concat_ws(' ', u.display_name, u.first_name, u.last_name))) > 0)
    ORDER BY u.user_id DESC LIMIT p_limit;
END
$$;
REVOKE ALL ON FUNCTION list_users(text, uuid, int) FROM PUBLIC;
