-- Secrets are stored sealed (AES-256-GCM under SKEIN_SECRET_KEY). Those that lie clear here are sealed by the first
-- server that has a key; without one they stay as they were.

ALTER TABLE signing_keys
  ALTER COLUMN seed DROP NOT NULL,
  ADD COLUMN sealed_seed bytea,
  ADD CONSTRAINT one_seed CHECK ((seed IS NULL) <> (sealed_seed IS NULL));

ALTER TABLE site_identities
  ADD COLUMN sealed_secret bytea,
  ADD CONSTRAINT one_secret CHECK (secret IS NULL OR sealed_secret IS NULL);
