-- The servers on this database, by their heartbeats.

CREATE TABLE nodes (
  id uuid PRIMARY KEY,
  -- Where it listens.
  address text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  connections bigint NOT NULL DEFAULT 0,
  sessions bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
