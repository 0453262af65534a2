-- AlterTable
ALTER TABLE "data_keys" ADD COLUMN "retired_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "rotations" (
    "rotation_id" UUID NOT NULL DEFAULT opentrade_uuidv7(),
    "kind" VARCHAR(20) NOT NULL,
    "status" VARCHAR(20) NOT NULL DEFAULT 'running',
    "step" VARCHAR(20) NOT NULL DEFAULT 'preparing',
    "only_user" UUID,
    "started_by" UUID,
    "provider" VARCHAR(50),
    "root_key_id" VARCHAR(255),
    "total" INTEGER NOT NULL DEFAULT 0,
    "done" INTEGER NOT NULL DEFAULT 0,
    "error" JSONB,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "rotations_pkey" PRIMARY KEY ("rotation_id")
);

-- CreateTable
CREATE TABLE "server_processes" (
    "process_id" UUID NOT NULL,
    "host" VARCHAR(255) NOT NULL,
    "pid" INTEGER NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "readable_root_keys" TEXT[],
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "server_processes_pkey" PRIMARY KEY ("process_id")
);

-- CreateTable
CREATE TABLE "retired_root_keys" (
    "provider" VARCHAR(50) NOT NULL,
    "root_key_id" VARCHAR(255) NOT NULL,
    "retired_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "retired_root_keys_pkey" PRIMARY KEY ("provider","root_key_id")
);

-- CreateIndex
CREATE INDEX "data_keys_retired_at_idx" ON "data_keys"("retired_at");

-- From here on by hand: what the datamodel cannot say.

ALTER TABLE rotations
  ADD CONSTRAINT rotations_kind_is_known CHECK (kind IN ('root', 'data')),
  ADD CONSTRAINT rotations_status_is_known CHECK (status IN ('running', 'waiting', 'done', 'failed')),
  ADD CONSTRAINT rotations_step_is_known CHECK (step IN ('preparing', 'staged', 'wrapping', 'sealing', 'finished')),
  ADD CONSTRAINT rotations_counts_are_not_negative CHECK (total >= 0 AND done >= 0),
  ADD CONSTRAINT rotations_of_a_user_are_of_data_keys CHECK (only_user IS NULL OR kind = 'data');

-- At most one of a kind (and user) at a time: a second request joins it.
CREATE UNIQUE INDEX rotations_one_at_a_time ON rotations (kind, only_user) NULLS NOT DISTINCT
  WHERE status IN ('running', 'waiting');

ALTER TABLE data_keys
  ADD CONSTRAINT data_keys_retired_at_says_when CHECK ((status = 'retired') = (retired_at IS NOT NULL));

-- A root key that was retired wraps nothing any more: not even what a process wrapped a moment before. The
-- process makes its key again, with the root key that is current by then.
CREATE FUNCTION refuse_retired_root_key() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM retired_root_keys r WHERE r.provider = NEW.provider AND r.root_key_id = NEW.root_key_id
  ) THEN
    RAISE EXCEPTION 'The root key "%" of the provider "%" is retired.', NEW.root_key_id, NEW.provider
      USING ERRCODE = 'restrict_violation', HINT = 'Make another root key the current one.';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER data_keys_root_key_is_not_retired BEFORE INSERT OR UPDATE OF provider, root_key_id ON data_keys
  FOR EACH ROW EXECUTE FUNCTION refuse_retired_root_key();
CREATE TRIGGER signing_keys_root_key_is_not_retired BEFORE INSERT OR UPDATE OF provider, root_key_id ON signing_keys
  FOR EACH ROW EXECUTE FUNCTION refuse_retired_root_key();
CREATE TRIGGER deployment_secrets_root_key_is_not_retired
  BEFORE INSERT OR UPDATE OF provider, root_key_id ON deployment_secrets
  FOR EACH ROW EXECUTE FUNCTION refuse_retired_root_key();

-- The doors through which a root key's rotation passes: wrapped data keys of all users, which open with a root
-- key only, and nothing that they seal. They are for the scheduler's role.

-- How many keys each root key wraps.
CREATE FUNCTION count_wrapped_keys() RETURNS TABLE (kind text, provider text, root_key_id text, keys bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT 'data-key', d.provider::text, d.root_key_id::text, count(*) FROM data_keys d GROUP BY 2, 3
    UNION ALL
    SELECT 'signing-key', s.provider::text, s.root_key_id::text, count(*) FROM signing_keys s GROUP BY 2, 3
    UNION ALL
    SELECT 'secret', c.provider::text, c.root_key_id::text, count(*) FROM deployment_secrets c GROUP BY 2, 3;
END
$$;

-- Locks the next data keys that another root key than the given one wraps, in the order of their ids, and
-- leaves out what somebody else holds.
CREATE FUNCTION lock_data_keys_to_rewrap(
  p_provider text, p_root_key_id text, p_after_user uuid, p_after_key uuid, p_limit int
) RETURNS TABLE (user_id uuid, data_key_id uuid, provider text, root_key_id text, wrapped_key bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT d.user_id, d.data_key_id, d.provider::text, d.root_key_id::text, d.wrapped_key
    FROM data_keys d
    WHERE (d.user_id, d.data_key_id) > (p_after_user, p_after_key)
      AND (d.root_key_id <> p_root_key_id OR d.provider <> p_provider)
    ORDER BY d.user_id, d.data_key_id LIMIT p_limit FOR UPDATE SKIP LOCKED;
END
$$;

-- Puts newly wrapped bytes in the place of the old ones where those are still there, and counts them, for the
-- rotation, too.
CREATE FUNCTION swap_wrapped_data_keys(
  p_rotation_id uuid, p_user_ids uuid[], p_data_key_ids uuid[], p_old bytea[], p_new bytea[], p_provider text,
  p_root_key_ids text[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
DECLARE
  swapped bigint;
BEGIN
  UPDATE data_keys d SET wrapped_key = n.new_wrapped, provider = p_provider, root_key_id = n.new_root_key_id
  FROM unnest(p_user_ids, p_data_key_ids, p_old, p_new, p_root_key_ids)
    AS n (for_user, for_key, old_wrapped, new_wrapped, new_root_key_id)
  WHERE d.user_id = n.for_user AND d.data_key_id = n.for_key AND d.wrapped_key = n.old_wrapped;
  GET DIAGNOSTICS swapped = ROW_COUNT;
  UPDATE rotations SET done = done + swapped, updated_at = now() WHERE rotation_id = p_rotation_id;
  RETURN swapped;
END
$$;

-- Retires a root key if it wraps nothing. Whoever is about to store something that it wrapped is waited for,
-- and whoever comes later is refused. Returns how many keys it still wraps; 0: it is retired.
CREATE FUNCTION retire_root_key(p_provider text, p_root_key_id text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
DECLARE
  wrapped bigint;
BEGIN
  LOCK TABLE data_keys, signing_keys, deployment_secrets IN SHARE ROW EXCLUSIVE MODE;
  SELECT sum(c.keys) INTO wrapped FROM count_wrapped_keys() c
    WHERE c.provider = p_provider AND c.root_key_id = p_root_key_id;
  IF coalesce(wrapped, 0) = 0 THEN
    INSERT INTO retired_root_keys (provider, root_key_id) VALUES (p_provider, p_root_key_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN coalesce(wrapped, 0);
END
$$;

-- Who has data keys from before a time that are still in use, in the order of their ids.
CREATE FUNCTION users_with_old_data_keys(p_created_before timestamptz, p_after_user uuid, p_limit int)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT DISTINCT d.user_id FROM data_keys d
    WHERE d.user_id > p_after_user AND d.status <> 'retired' AND d.created_at < p_created_before
    ORDER BY d.user_id LIMIT p_limit;
END
$$;

-- How many rows are still sealed with data keys from before a time.
CREATE FUNCTION count_old_data_keys(p_created_before timestamptz, p_only_user uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN (
    SELECT count(*) FROM user_api_keys k JOIN data_keys d USING (user_id, data_key_id)
    WHERE d.created_at < p_created_before AND (p_only_user IS NULL OR k.user_id = p_only_user));
END
$$;

-- Who has data keys that were retired before a time.
CREATE FUNCTION users_with_retired_data_keys(p_retired_before timestamptz, p_limit int) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT DISTINCT d.user_id FROM data_keys d WHERE d.retired_at < p_retired_before LIMIT p_limit;
END
$$;

REVOKE ALL ON FUNCTION refuse_retired_root_key(), count_wrapped_keys(),
  lock_data_keys_to_rewrap(text, text, uuid, uuid, int),
  swap_wrapped_data_keys(uuid, uuid[], uuid[], bytea[], bytea[], text, text[]), retire_root_key(text, text),
  users_with_old_data_keys(timestamptz, uuid, int), count_old_data_keys(timestamptz, uuid),
  users_with_retired_data_keys(timestamptz, int) FROM PUBLIC;

-- Appends many rows of one act to a user's audit log: the same chain as append_audit makes one by one, and
-- the same lock. Each target has its own detail.
CREATE FUNCTION append_audit_rows(
  p_user_id uuid, p_actor text, p_action text, p_targets text[], p_details jsonb[], p_ip text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  last_seq bigint;
  last_hash bytea;
  now_ms timestamptz;
  -- The parts of what is hashed that all rows share, and those of each row, before the loop that needs them.
  before_hash bytea := audit_field('opentrade-audit-v1');
  user_field bytea := audit_field(p_user_id::text);
  act_fields bytea;
  seq_fields bytea[];
  row_fields bytea[];
  hashes bytea[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('opentrade audit ' || p_user_id::text, 0));
  SELECT a.seq, a.hash INTO last_seq, last_hash
    FROM audit_log a WHERE a.user_id = p_user_id ORDER BY a.seq DESC LIMIT 1;
  now_ms := date_trunc('milliseconds', clock_timestamp());
  last_seq := coalesce(last_seq, 0);
  last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
  act_fields := audit_field(to_char(now_ms AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    || audit_field(p_actor) || audit_field(p_action);
  SELECT array_agg(audit_field((last_seq + n.i)::text) ORDER BY n.i),
         array_agg(audit_field(n.target) || audit_field(n.detail::text) || audit_field(p_ip) ORDER BY n.i)
    INTO seq_fields, row_fields
    FROM unnest(p_targets, p_details) WITH ORDINALITY AS n (target, detail, i);
  hashes[0] := last_hash;
  FOR i IN 1..coalesce(array_length(p_targets, 1), 0) LOOP
    last_hash := sha256(before_hash || last_hash || user_field || seq_fields[i] || act_fields || row_fields[i]);
    hashes[i] := last_hash;
  END LOOP;
  INSERT INTO audit_log (user_id, seq, at, actor, action, target, detail, ip, prev_hash, hash)
    SELECT p_user_id, last_seq + n.i, now_ms, p_actor, p_action, n.target, n.detail, p_ip, n.prev_hash, n.hash
    FROM unnest(p_targets, p_details, hashes, hashes[1:]) WITH ORDINALITY AS n (target, detail, prev_hash, hash, i)
    WHERE n.hash IS NOT NULL;
  RETURN coalesce(array_length(p_targets, 1), 0);
END
$$;
