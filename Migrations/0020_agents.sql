-- Agents that operators set up: `settings` holds what an agent of that kind is told, or is empty for those that the
-- program brings. Requests' role (migration 0011) is granted neither column.
ALTER TABLE agents
  ADD CONSTRAINT agents_settings_check CHECK (jsonb_typeof(settings) = 'object'),
  -- Since when it answers no more; its conversations stay.
  ADD COLUMN withdrawn_at timestamptz;

-- Where a site's own server publishes its keys (RFC 7517). What was fetched stands in `site_identities`, so that it is
-- followed like all else there, and outlives a fetch that fails. Apart from it, since a look is no change.
CREATE TABLE site_key_sources (
  site_id bigint PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
  url text NOT NULL,
  -- When it is fetched next, by whichever server comes first.
  due_at timestamptz NOT NULL DEFAULT now(),
  -- When a server last began to.
  fetched_at timestamptz
);
