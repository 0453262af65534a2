-- The list of people is for an administrator whom the transaction names: a query that names nobody, or somebody
-- else, finds nobody.
CREATE OR REPLACE FUNCTION list_users(p_search text, p_before uuid, p_limit int)
RETURNS TABLE (
  user_id uuid, email text, display_name text, role text, is_active boolean, deactivated_by text,
  email_verified boolean, has_password boolean, created_at timestamptz, last_login_at timestamptz
) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM users a
    WHERE a.user_id = nullif(current_setting('app.user_id', true), '')::uuid AND a.role = 'admin' AND a.is_active
  ) THEN
    RETURN;
  END IF;
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
