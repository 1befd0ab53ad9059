-- Most messages call no tools, cite nothing and carry no metadata: nothing is stored for that, or read.
ALTER TABLE messages
  ALTER tools DROP NOT NULL, ALTER tools DROP DEFAULT,
  ALTER citations DROP NOT NULL, ALTER citations DROP DEFAULT,
  ALTER metadata DROP NOT NULL, ALTER metadata DROP DEFAULT;

-- Long texts are compressed when they are stored, which is done while others wait for the same group. LZ4 takes a
-- fraction of the time; a PostgreSQL may be built without.
DO $$
BEGIN
  ALTER TABLE messages ALTER content SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END
$$;
