-- The keys and secrets of agents that were given as values, each by its place in the agent's settings, where only a mark
-- stands. Sealed by AES-256-GCM under the secret key. Requests' role is granted nothing of it.
CREATE TABLE agent_secrets (
  agent_id bigint NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  -- Such as `key`, `headers.X-Token` or `tools.crm.key`.
  name text COLLATE "C" NOT NULL,
  sealed_value bytea NOT NULL,
  PRIMARY KEY (agent_id, name)
);

CREATE TRIGGER agent_secrets_changed AFTER INSERT OR UPDATE OR DELETE ON agent_secrets
  FOR EACH ROW EXECUTE FUNCTION directory_changed();
