-- CreateTable
CREATE TABLE "deployment_secrets" (
    "secret_name" VARCHAR(50) NOT NULL,
    "provider" VARCHAR(50) NOT NULL,
    "root_key_id" VARCHAR(255) NOT NULL,
    "wrapped_secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_secrets_pkey" PRIMARY KEY ("secret_name")
);
