-- Databases of users that speak MySQL's protocol.

ALTER TABLE databases DROP CONSTRAINT databases_kind_check;
ALTER TABLE databases ADD CONSTRAINT databases_kind_check CHECK (kind IN ('postgresql', 'mysql', 'mariadb', 'tidb'));

-- Whether an agent that asks a model may show it some of the rows: its owner says so.
ALTER TABLE databases ADD COLUMN shares_samples boolean NOT NULL DEFAULT false;
GRANT SELECT (shares_samples) ON databases TO skein_request;
