-- Whether an answer in the making is shown before it is committed (--durability relaxed): where its server is gone, readers
-- may have been shown more of it than is stored, so that no other server continues it.

ALTER TABLE runs ADD COLUMN relaxed boolean NOT NULL DEFAULT false;
