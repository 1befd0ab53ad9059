-- How often an answer in the making was taken over from a server that was gone.

ALTER TABLE runs ADD COLUMN takeovers bigint NOT NULL DEFAULT 0;
