-- What happened on a site with an agent in an hour, added to by each server every few seconds: analytics never count
-- messages.
CREATE TABLE activity (
  site_id bigint NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  agent_id bigint NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  hour timestamptz NOT NULL,
  sessions bigint NOT NULL DEFAULT 0,
  messages bigint NOT NULL DEFAULT 0,
  answers bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  stopped bigint NOT NULL DEFAULT 0,
  interrupted bigint NOT NULL DEFAULT 0,
  resumes bigint NOT NULL DEFAULT 0,
  ratings_up bigint NOT NULL DEFAULT 0,
  ratings_down bigint NOT NULL DEFAULT 0,
  input_tokens bigint NOT NULL DEFAULT 0,
  output_tokens bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (site_id, hour, agent_id)
);

-- How many answers took how long, in classes that grow by a fourth of an octave.
CREATE TABLE activity_latencies (
  site_id bigint NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  agent_id bigint NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  hour timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('first_byte', 'whole')),
  class integer NOT NULL,
  answers bigint NOT NULL,
  PRIMARY KEY (site_id, hour, agent_id, kind, class)
);

-- They are a site's own, and no visitor's.
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON activity FOR SELECT TO skein_request USING (site_id = acting_site() AND acts_for_site());
ALTER TABLE activity_latencies ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON activity_latencies FOR SELECT TO skein_request
  USING (site_id = acting_site() AND acts_for_site());
GRANT SELECT ON activity, activity_latencies TO skein_request;
