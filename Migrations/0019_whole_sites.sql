-- Searching through a whole site: a rare word is found by the index of words, a frequent one from the newest on, until
-- enough have it. Which of them is better is known from the word alone, so each search is planned by itself.

CREATE INDEX search_entries_by_time ON search_entries (site_id, created_at, message_id);

CREATE OR REPLACE FUNCTION search_site(query tsquery, before timestamptz, before_id uuid, most bigint)
  RETURNS TABLE (session_id bigint, message_id uuid, created_at timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT acts_for_site() THEN RETURN; END IF;
  RETURN QUERY EXECUTE '
    SELECT e.session_id, e.message_id, e.created_at FROM search_entries e
    WHERE e.site_id = $1 AND e.words @@ $2 AND (e.created_at, e.message_id) < ($3, $4)
    ORDER BY e.created_at DESC, e.message_id DESC LIMIT $5'
    USING acting_site(), query, coalesce(before, 'infinity'),
      coalesce(before_id, '00000000-0000-0000-0000-000000000000'), most;
END
$$;

-- Sessions of the whole site that speak of something, latest activity first: before an instant and a session's key, of an
-- agent's slug, of a status, at most so many.
CREATE FUNCTION search_sessions(
  query tsquery, before timestamptz, before_id bigint, agent text, state text, most bigint)
  RETURNS TABLE (session_id bigint, last_activity_at timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
DECLARE
  -- Beyond so many entries of a word, the latest sessions have it soon.
  enough CONSTANT bigint := 2000;
  found bigint[];
  latest CONSTANT text := ' ORDER BY s.active_slot DESC, s.last_activity_at DESC, s.id DESC ';
  sought text := '
    SELECT s.id, s.last_activity_at, s.active_slot FROM sessions s
    WHERE s.site_id = $1 AND s.deleted_at IS NULL AND (s.last_activity_at, s.id) < ($2, $3)
      AND ($4 IS NULL OR s.agent_id IN (SELECT a.id FROM agents a WHERE a.slug = $4)) AND ($5 IS NULL OR s.status = $5)';
BEGIN
  IF NOT acts_for_site() THEN RETURN; END IF;
  EXECUTE '
    SELECT array_agg(e.session_id) FROM (
      SELECT k.session_id FROM search_entries k WHERE k.site_id = $1 AND k.words @@ $2 LIMIT $3) e'
    INTO found USING acting_site(), query, enough;
  IF coalesce(cardinality(found), 0) < enough THEN
    sought := sought || ' AND s.id = ANY($7)';
  ELSE
    -- In their order first, and then by their words, until there are enough.
    sought := 'SELECT * FROM (' || sought || ' AND s.active_slot <= $8' || latest || 'OFFSET 0) s
      WHERE EXISTS (SELECT FROM search_entries e WHERE e.session_id = s.id AND e.words @@ $9)';
  END IF;
  RETURN QUERY EXECUTE 'SELECT s.id, s.last_activity_at FROM (' || sought || ') s' || latest || 'LIMIT $6'
    USING acting_site(), coalesce(before, 'infinity'), coalesce(before_id, 0), agent, state, most, found,
      CASE WHEN before IS NULL THEN 9223372036854775807
        ELSE floor(date_part('epoch', before - timestamptz '2000-01-01 00:00:00+00') / 600)::bigint END,
      query;
END
$$;
