-- Most messages call no tools, cite nothing and carry no metadata: nothing is stored for that, or read.
ALTER TABLE messages
  ALTER tools DROP NOT NULL, ALTER tools DROP DEFAULT,
  ALTER citations DROP NOT NULL, ALTER citations DROP DEFAULT,
  ALTER metadata DROP NOT NULL, ALTER metadata DROP DEFAULT;
