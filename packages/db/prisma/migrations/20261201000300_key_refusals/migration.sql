-- AlterTable
ALTER TABLE "user_api_keys" ADD COLUMN "refused_since" TIMESTAMPTZ(3);

-- From here on by hand: what the datamodel cannot say.

-- Keys that are called invalid have been refused since they were last checked; each is asked about again within the
-- hour, so that one which was called so too soon recovers.
UPDATE user_api_keys
SET refused_since = coalesce(checked_at, updated_at),
  next_check_at = least(next_check_at, CURRENT_TIMESTAMP + interval '1 hour')
WHERE is_valid = false;

-- Their owners have been told.
INSERT INTO sent_notices (user_id, kind, subject)
SELECT user_id, 'key-invalid',
  api_key_id || ' ' || to_char(refused_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM user_api_keys WHERE is_valid = false
ON CONFLICT DO NOTHING;
