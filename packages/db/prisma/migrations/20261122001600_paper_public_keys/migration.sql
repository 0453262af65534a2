-- A key whose requests are signed with a private key that the exchange never sees, by its public half in PEM;
-- null for a key with a secret.
ALTER TABLE "paper"."api_keys" ADD COLUMN "public_key" text;
