-- CreateTable
-- Unlogged: what it holds is worth nothing after a crash, and a try should cost little.
CREATE UNLOGGED TABLE "sign_in_attempts" (
    "scope" VARCHAR(20) NOT NULL,
    "subject" BYTEA NOT NULL,
    "tries" INTEGER NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_attempts_pkey" PRIMARY KEY ("scope","subject")
);

-- CreateIndex
CREATE INDEX "sign_in_attempts_last_at_idx" ON "sign_in_attempts"("last_at");
