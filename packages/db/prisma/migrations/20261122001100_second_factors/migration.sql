-- AlterTable
ALTER TABLE "sessions" ADD COLUMN "verified_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "second_factors" (
    "user_id" UUID NOT NULL,
    "factor_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "secret_encrypted" BYTEA NOT NULL,
    "data_key_id" UUID NOT NULL,
    "secret_version" INTEGER NOT NULL DEFAULT 1,
    "is_confirmed" BOOLEAN NOT NULL DEFAULT false,
    "last_step" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "second_factors_pkey" PRIMARY KEY ("user_id","factor_id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "user_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("user_id","code_hash")
);

-- CreateTable
CREATE TABLE "passkeys" (
    "user_id" UUID NOT NULL,
    "passkey_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "backed_up" BOOLEAN NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("user_id","passkey_id")
);

-- CreateTable
CREATE TABLE "second_factor_challenges" (
    "user_id" UUID NOT NULL,
    "challenge_hash" BYTEA NOT NULL,
    "purpose" VARCHAR(20) NOT NULL,
    "session_id" UUID,
    "user_agent" TEXT,
    "ip" TEXT,
    "keep_signed_in" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "second_factor_challenges_pkey" PRIMARY KEY ("user_id","challenge_hash")
);

-- CreateTable
CREATE TABLE "passkey_challenges" (
    "challenge_hash" BYTEA NOT NULL,
    "user_agent" TEXT,
    "ip" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "passkey_challenges_pkey" PRIMARY KEY ("challenge_hash")
);

-- CreateIndex
CREATE INDEX "second_factors_user_id_data_key_id_idx" ON "second_factors"("user_id", "data_key_id");

-- CreateIndex
CREATE UNIQUE INDEX "second_factors_user_id_is_confirmed_key" ON "second_factors"("user_id", "is_confirmed");

-- CreateIndex
CREATE UNIQUE INDEX "passkeys_credential_id_key" ON "passkeys"("credential_id");

-- CreateIndex
CREATE INDEX "passkey_challenges_expires_at_idx" ON "passkey_challenges"("expires_at");

-- AddForeignKey
ALTER TABLE "second_factors" ADD CONSTRAINT "second_factors_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "second_factors" ADD CONSTRAINT "second_factors_user_id_data_key_id_fkey" FOREIGN KEY ("user_id", "data_key_id") REFERENCES "data_keys"("user_id", "data_key_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "second_factor_challenges" ADD CONSTRAINT "second_factor_challenges_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- From here on by hand: what the datamodel cannot say.

ALTER TABLE recovery_codes ADD CONSTRAINT recovery_codes_hash_is_sha256 CHECK (octet_length(code_hash) = 32);
ALTER TABLE passkeys ADD CONSTRAINT passkeys_counter_fits CHECK (counter BETWEEN 0 AND 4294967295);
ALTER TABLE second_factor_challenges
  ADD CONSTRAINT second_factor_challenges_hash_is_sha256 CHECK (octet_length(challenge_hash) = 32),
  ADD CONSTRAINT second_factor_challenges_purpose_is_known CHECK (purpose IN ('sign-in', 'step-up', 'passkey'));
ALTER TABLE passkey_challenges
  ADD CONSTRAINT passkey_challenges_hash_is_sha256 CHECK (octet_length(challenge_hash) = 32);
