-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "sign_in_dummy_key" BYTEA NOT NULL DEFAULT (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- AlterTable
ALTER TABLE "second_factor_challenges" ADD COLUMN     "proofs" TEXT[];

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "opened_by" TEXT[],
ADD COLUMN     "verified_by" TEXT[];

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "credentials_version" INTEGER NOT NULL DEFAULT 0;

-- From here on by hand: what the datamodel cannot say.

-- Both also return the version of the person's credentials, which is compared when the sign-in is completed.
DROP FUNCTION find_sign_in(text);
CREATE FUNCTION find_sign_in(p_email text)
RETURNS TABLE (user_id uuid, password_hash text, is_active boolean, credentials_version int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT u.user_id, u.password_hash::text, u.is_active, u.credentials_version FROM users u WHERE u.email = p_email;
END
$$;

DROP FUNCTION find_identity(text, text);
CREATE FUNCTION find_identity(p_issuer text, p_subject text)
RETURNS TABLE (user_id uuid, is_active boolean, credentials_version int) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT u.user_id, u.is_active, u.credentials_version
    FROM user_identities i JOIN users u ON u.user_id = i.user_id
    WHERE i.issuer = p_issuer AND i.subject = p_subject;
END
$$;

-- Whether this is an administrator's live session. Until the transaction ends, neither the role nor the account can
-- change: an administrator acts on another person's rows, where row-level security hides their own.
CREATE FUNCTION hold_administrator(p_user_id uuid, p_session_id uuid) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  PERFORM FROM users u WHERE u.user_id = p_user_id AND u.role = 'admin' AND u.is_active FOR SHARE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM sessions s
    WHERE s.user_id = p_user_id AND s.session_id = p_session_id AND s.revoked_at IS NULL);
END
$$;

-- The Argon2 parameters of the stored password hashes and how many accounts have each. No salt, no hash.
CREATE FUNCTION password_costs() RETURNS TABLE (cost text, accounts bigint) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT substring(u.password_hash FROM '^\$[a-z0-9]+\$v=[0-9]+\$([^$]+)\$') AS hash_cost, count(*)
    FROM users u WHERE u.password_hash IS NOT NULL
    GROUP BY 1;
END
$$;

-- Who may call these is in src/access.ts.
REVOKE ALL ON FUNCTION find_sign_in(text), find_identity(text, text), hold_administrator(uuid, uuid),
  password_costs() FROM PUBLIC;
