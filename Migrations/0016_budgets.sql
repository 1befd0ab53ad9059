-- How many tokens of models may be used in a day, in UTC.

-- By the site as a whole, by one of its visitors, and by one key of a server there: `site`, `visitor`, `key`. What is
-- absent is as the servers are set up; 0 is no limit.
ALTER TABLE sites ADD COLUMN budgets jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(budgets) = 'object');

-- What was used, added to by each server every second.
CREATE TABLE token_usage (
  site_id bigint NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  day date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('site', 'visitor', 'key')),
  -- What the visitor's or key's sessions are known by; empty for the site as a whole.
  owner bytea NOT NULL,
  tokens bigint NOT NULL,
  PRIMARY KEY (site_id, day, kind, owner)
);

-- Those who have used up what they have are the last of their day.
CREATE INDEX token_usage_by_tokens ON token_usage (site_id, day, kind, tokens);

-- Requests read nothing of it.
ALTER TABLE token_usage ENABLE ROW LEVEL SECURITY;
