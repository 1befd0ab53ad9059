-- Agents that operators set up: `settings` holds what an agent of that kind is told, or is empty for those that the
-- program brings. Requests' role (migration 0011) is granted neither column.
ALTER TABLE agents
  ADD CONSTRAINT agents_settings_check CHECK (jsonb_typeof(settings) = 'object'),
  -- Since when it answers no more; its conversations stay.
  ADD COLUMN withdrawn_at timestamptz;
