-- AlterTable
ALTER TABLE "server_processes" ADD COLUMN "current_root_key" TEXT,
ADD COLUMN "sealing_problem" JSONB;

-- From here on by hand: what the datamodel cannot say.

ALTER TABLE rotations
  DROP CONSTRAINT rotations_status_is_known,
  ADD CONSTRAINT rotations_status_is_known CHECK (status IN ('running', 'waiting', 'done', 'failed', 'abandoned'));

-- Until now a root key could be retired while a rotation was bringing everything to it. Such a rotation can never
-- end, and kept every other one from starting. Nothing is wrapped by its root key, so nothing is lost.
UPDATE rotations r
SET status = 'abandoned', finished_at = now(), updated_at = now(), error = jsonb_build_object(
  'code', 'ROOT_KEY_RETIRED',
  'message', format('The root key "%s" was retired, so this rotation could not end. Start another one.', r.root_key_id))
WHERE r.status IN ('running', 'waiting') AND EXISTS (
  SELECT FROM retired_root_keys k WHERE k.provider = r.provider AND k.root_key_id = r.root_key_id);

ALTER TABLE rotations
  ADD CONSTRAINT rotations_finished_at_says_when CHECK ((status IN ('running', 'waiting')) = (finished_at IS NULL));

-- An open rotation never names a retired root key, and one that is done or abandoned stays so. The table is one of
-- the installation, and small; retire_root_key locks it, so that neither of the two can miss the other.
CREATE FUNCTION check_rotation() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status IN ('done', 'abandoned') AND NEW.status <> OLD.status THEN
    RAISE EXCEPTION 'The rotation % has already ended.', OLD.rotation_id
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'rotations_end_once', TABLE = 'rotations';
  END IF;
  IF NEW.status IN ('running', 'waiting') AND EXISTS (
    SELECT FROM retired_root_keys r WHERE r.provider = NEW.provider AND r.root_key_id = NEW.root_key_id
  ) THEN
    RAISE EXCEPTION 'The root key "%" of the provider "%" is retired.', NEW.root_key_id, NEW.provider
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'rotations_target_is_not_retired', TABLE = 'rotations',
        HINT = 'Rotate to another root key.';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER rotations_check BEFORE INSERT OR UPDATE ON rotations
  FOR EACH ROW EXECUTE FUNCTION check_rotation();
REVOKE ALL ON FUNCTION check_rotation() FROM PUBLIC;

-- Retires a root key if it wraps nothing, if no rotation of the root key is open, and if no living process would
-- wrap with it. Whoever is about to store something that it wrapped, or to open a rotation, is waited for, and
-- whoever comes later is refused. Returns how many keys it still wraps; 0: it is retired.
CREATE OR REPLACE FUNCTION retire_root_key(p_provider text, p_root_key_id text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
DECLARE
  wrapped bigint;
  process text;
BEGIN
  -- rotations last: whoever wraps keys anew locks them in this order, too.
  LOCK TABLE data_keys, signing_keys, deployment_secrets IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE rotations IN SHARE ROW EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM rotations r WHERE r.kind = 'root' AND r.status IN ('running', 'waiting')) THEN
    RAISE EXCEPTION 'A rotation of the root key is under way.'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'retired_root_keys_without_rotation',
        TABLE = 'retired_root_keys', HINT = 'Wait until it has ended, or abandon it.';
  END IF;
  SELECT sum(c.keys) INTO wrapped FROM count_wrapped_keys() c
    WHERE c.provider = p_provider AND c.root_key_id = p_root_key_id;
  IF coalesce(wrapped, 0) > 0 THEN
    RETURN wrapped;
  END IF;
  -- A process that was not heard of for 15 seconds is gone, and so is one that was heard of while the clock was ahead.
  SELECT format('%s (process %s)', p.host, p.pid) INTO process FROM server_processes p
    WHERE p.current_root_key = p_provider || ':' || p_root_key_id
      AND abs(extract(epoch FROM now() - p.seen_at)) < 15
    ORDER BY p.host, p.pid LIMIT 1;
  IF process IS NOT NULL THEN
    RAISE EXCEPTION 'The root key "%" of the provider "%" is the current one of a process.', p_root_key_id, p_provider
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'retired_root_keys_are_not_current',
        TABLE = 'retired_root_keys', DETAIL = process;
  END IF;
  INSERT INTO retired_root_keys (provider, root_key_id) VALUES (p_provider, p_root_key_id) ON CONFLICT DO NOTHING;
  RETURN 0;
END
$$;
