-- What answers have cost, by the price at the time. Amounts are in millionths of a millionth of the currency's unit: what a
-- token costs is a whole number of them, so that nothing is rounded.
ALTER TABLE messages
  -- Of its tokens of input, those that the model's service had kept from before.
  ADD COLUMN cached_tokens bigint,
  ADD COLUMN cost_picos bigint,
  ADD COLUMN currency text;

-- Amounts by their currencies.
ALTER TABLE activity ADD COLUMN costs jsonb NOT NULL DEFAULT '{}';

CREATE FUNCTION add_costs(a jsonb, b jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF b = '{}' THEN RETURN a; END IF;
  IF a = '{}' THEN RETURN b; END IF;
  RETURN (
    SELECT jsonb_object_agg(c.currency, c.picos)
    FROM (
      SELECT e.key AS currency, sum(e.value::numeric) AS picos
      FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) e
      GROUP BY e.key) c);
END
$$;

-- Of one row it is that row's: nothing is added then.
CREATE AGGREGATE sum_costs(jsonb) (SFUNC = add_costs, STYPE = jsonb, PARALLEL = SAFE);
