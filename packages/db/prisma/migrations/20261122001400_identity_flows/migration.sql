-- CreateTable
CREATE TABLE "identity_flows" (
    "flow_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "identity_flows_pkey" PRIMARY KEY ("flow_hash")
);

-- CreateIndex
CREATE INDEX "identity_flows_expires_at_idx" ON "identity_flows"("expires_at");

-- From here on by hand: what the datamodel cannot say.

ALTER TABLE identity_flows ADD CONSTRAINT identity_flows_hash_is_sha256 CHECK (octet_length(flow_hash) = 32);
