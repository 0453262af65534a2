-- The secrets of authenticator apps are sealed as API keys are: a rotation of data keys counts them, too.
CREATE OR REPLACE FUNCTION count_old_data_keys(p_created_before timestamptz, p_only_user uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, across_users, pg_temp AS $$
BEGIN
  RETURN (
    SELECT count(*)
    FROM (
      SELECT k.user_id, k.data_key_id FROM user_api_keys k
      UNION ALL
      SELECT f.user_id, f.data_key_id FROM second_factors f
    ) sealed JOIN data_keys d USING (user_id, data_key_id)
    WHERE d.created_at < p_created_before AND (p_only_user IS NULL OR sealed.user_id = p_only_user));
END
$$;
