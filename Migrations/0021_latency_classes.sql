-- How many answers took how long stands with what else happened in the hour: the n-th number is that of the class n - 1.
-- One row is read where there were dozens.
ALTER TABLE activity
  ADD COLUMN first_bytes bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN wholes bigint[] NOT NULL DEFAULT '{}';

WITH counted AS (
  SELECT l.site_id, l.agent_id, l.hour, l.kind,
    (SELECT array_agg(coalesce(c.answers, 0) ORDER BY n)
      FROM generate_series(0, max(l.class)) n LEFT JOIN activity_latencies c
        ON (c.site_id, c.agent_id, c.hour, c.kind, c.class) = (l.site_id, l.agent_id, l.hour, l.kind, n)) AS classes
  FROM activity_latencies l
  GROUP BY l.site_id, l.agent_id, l.hour, l.kind)
UPDATE activity a SET
  first_bytes = coalesce((
    SELECT c.classes FROM counted c
    WHERE (c.site_id, c.agent_id, c.hour, c.kind) = (a.site_id, a.agent_id, a.hour, 'first_byte')), '{}'),
  wholes = coalesce((
    SELECT c.classes FROM counted c
    WHERE (c.site_id, c.agent_id, c.hour, c.kind) = (a.site_id, a.agent_id, a.hour, 'whole')), '{}');

DROP TABLE activity_latencies;

CREATE FUNCTION add_classes(a bigint[], b bigint[]) RETURNS bigint[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF cardinality(a) < cardinality(b) THEN RETURN add_classes(b, a); END IF;
  FOR n IN 1..cardinality(b) LOOP a[n] := a[n] + b[n]; END LOOP;
  RETURN a;
END
$$;

-- Of one row it is that row's: nothing is added then.
CREATE AGGREGATE sum_classes(bigint[]) (SFUNC = add_classes, STYPE = bigint[], PARALLEL = SAFE);
