-- What programs sign in with. The token itself is nowhere: its SHA-256 is found by an index.
CREATE TABLE api_tokens (
  user_id uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE ON UPDATE CASCADE,
  token_id uuid NOT NULL DEFAULT opentrade_uuidv7(),
  name varchar(100) NOT NULL,
  token_hash bytea NOT NULL,
  -- The last characters of the token's secret part, by which a person tells it from others.
  hint varchar(10) NOT NULL,
  scopes text[],
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  PRIMARY KEY (user_id, token_id),
  CONSTRAINT api_tokens_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
  -- Not null by this: Prisma knows no list that must not be.
  CONSTRAINT api_tokens_scopes_known CHECK (
    scopes IS NOT NULL AND cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'trade', 'manage'])
);
CREATE UNIQUE INDEX api_tokens_token_hash_key ON api_tokens (token_hash);
SELECT protect_user_table('api_tokens'::regclass);

-- A program names no user, its token does: whose it is and what it may do, if its owner is active.
CREATE FUNCTION find_api_token(p_hash bytea)
RETURNS TABLE (user_id uuid, token_id uuid, scopes text[], expires_at timestamptz, last_used_at timestamptz, role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT t.user_id, t.token_id, t.scopes, t.expires_at::timestamptz, t.last_used_at::timestamptz, u.role::text
    FROM api_tokens t JOIN users u ON u.user_id = t.user_id
    WHERE t.token_hash = p_hash AND u.is_active;
END
$$;

-- Before somebody has signed in with an account elsewhere: whose it is here. Never by its e-mail address.
CREATE FUNCTION find_identity(p_issuer text, p_subject text)
RETURNS TABLE (user_id uuid, is_active boolean) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT u.user_id, u.is_active FROM user_identities i JOIN users u ON u.user_id = i.user_id
    WHERE i.issuer = p_issuer AND i.subject = p_subject;
END
$$;

-- Who may call these is in src/access.ts.
REVOKE ALL ON FUNCTION find_api_token(bytea), find_identity(text, text) FROM PUBLIC;
