-- When a server last renewed its leases, and from when on it may tell others' apart that have run out: not in the time
-- after one in which it could not renew its own.
ALTER TABLE nodes ADD COLUMN renewed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE nodes ADD COLUMN steady_from timestamptz NOT NULL DEFAULT now();
