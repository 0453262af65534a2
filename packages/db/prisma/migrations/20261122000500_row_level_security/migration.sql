-- Row-level security on every table of a user's data, and the few doors through which a query may pass
-- before its user is known. What each role may do is in src/access.ts, which is applied after each run of
-- the migrations; the reasons are in docs/database-access.md.

-- The roles, if whoever migrates may make roles: without login, since a migration is no place for a
-- password. Where it may not, everything works with the one role that there is.
DO $$
DECLARE
  wanted text;
BEGIN
  IF NOT (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
    RETURN;
  END IF;
  FOREACH wanted IN ARRAY ARRAY['opentrade_owner', 'opentrade_app', 'opentrade_scheduler', 'opentrade_paper'] LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = wanted);
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    EXCEPTION
      -- Roles belong to the whole server: the migration of another database may make them at this moment.
      WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
    END;
  END LOOP;
END
$$;

-- Gives a table (or a partition) its policies, and forces them on the owner, too. May be called again.
--   own_rows: what belongs to the user that app.user_id names. Without one, nothing.
--   owner_across_users: for the owner alone, and only where it says so: migrations set app.across_users; a
--   function that runs as the owner (SECURITY DEFINER) must fix its search_path anyway, and says so by putting
--   the name across_users on it, which no schema has. (A setting of our own, only a superuser may tie to a
--   function.)
CREATE FUNCTION protect_user_table(p_table regclass) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  own text := $policy$user_id = nullif(current_setting('app.user_id', true), '')::uuid$policy$;
  across text := $policy$current_setting('app.across_users', true) = 'on'
    OR current_setting('search_path') = 'public, across_users, pg_temp'$policy$;
  owner oid := (SELECT relowner FROM pg_class WHERE oid = p_table);
BEGIN
  IF NOT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = p_table) THEN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_table);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = p_table AND polname = 'own_rows') THEN
    EXECUTE format('CREATE POLICY own_rows ON %s USING (%s) WITH CHECK (%s)', p_table, own, own);
  END IF;
  IF EXISTS (
    SELECT FROM pg_policy WHERE polrelid = p_table AND polname = 'owner_across_users' AND polroles = ARRAY[owner]
  ) THEN
    RETURN;
  END IF;
  EXECUTE format('DROP POLICY IF EXISTS owner_across_users ON %s', p_table);
  EXECUTE format('CREATE POLICY owner_across_users ON %s TO %I USING (%s) WITH CHECK (%s)',
    p_table, pg_get_userbyid(owner), across, across);
END
$$;

-- Protects every table that has a user_id and is not protected yet: called after each run of the migrations,
-- so that a new table is never forgotten.
CREATE FUNCTION protect_user_tables() RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT protect_user_table(c.oid) FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  ORDER BY c.oid
$$;

SELECT protect_user_tables();

-- What a partition lets through is asked of the table above it alone, unless somebody names the partition
-- itself: so each has the policies, too.
CREATE OR REPLACE FUNCTION ensure_snapshot_partition(p_at timestamptz) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
DECLARE
  first_day timestamp := date_trunc('month', p_at AT TIME ZONE 'UTC');
  month_start timestamptz := first_day AT TIME ZONE 'UTC';
  month_end timestamptz := (first_day + interval '1 month') AT TIME ZONE 'UTC';
  partition_name text := 'wallet_snapshots_' || to_char(first_day, 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('opentrade snapshot partitions', 0));
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE wallet_snapshots INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
  EXECUTE format(
    'WITH moved AS (DELETE FROM wallet_snapshots_default WHERE taken_at >= $1 AND taken_at < $2 RETURNING *)
     INSERT INTO %I SELECT * FROM moved', partition_name) USING month_start, month_end;
  PERFORM protect_user_table(partition_name::regclass);
  EXECUTE format('ALTER TABLE wallet_snapshots ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    partition_name, month_start, month_end);
  RETURN true;
END
$$;

-- It asks whether the user is gone, whoever's row it is.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.user_id = OLD.user_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'The audit log is append-only: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

-- Before somebody has signed in there is no user to name: who has this address, and the hash to check the
-- password with. Nothing else of them.
CREATE FUNCTION find_sign_in(p_email text)
RETURNS TABLE (user_id uuid, password_hash text, is_active boolean) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT u.user_id, u.password_hash::text, u.is_active FROM users u WHERE u.email = p_email;
END
$$;

-- Whether anybody has signed up yet: the first one becomes the administrator.
CREATE FUNCTION has_users() RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM users);
END
$$;

-- Who may call these is in src/access.ts.
REVOKE ALL ON FUNCTION ensure_snapshot_partition(timestamptz), find_sign_in(text), has_users(),
  protect_user_table(regclass), protect_user_tables(), refuse_audit_change() FROM PUBLIC;
