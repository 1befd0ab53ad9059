-- Documents that sites bring themselves: where readers find them, which version is stored, and who may see them.

ALTER TABLE documents
  -- What requests name it by. Whoever has it, as a citation tells it, may read the document as a visitor of its site.
  ADD COLUMN public_id text COLLATE "C" NOT NULL UNIQUE DEFAULT 'doc_' || replace(gen_random_uuid()::text, '-', ''),
  -- Grows each time that another content takes the place of what was stored.
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  -- Where readers find it; null: the server shows it.
  ADD COLUMN url text,
  -- What it was before it was read.
  ADD COLUMN media_type text NOT NULL DEFAULT 'text/markdown',
  ADD COLUMN bytes bigint NOT NULL DEFAULT 0,
  -- Its whole text, in Markdown.
  ADD COLUMN content text NOT NULL DEFAULT '',
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX documents_by_site ON documents (site_id, id);
CREATE INDEX documents_by_digest ON documents (digest);

-- Whether its visitors are answered from the documents of no site too, which are about this program.
ALTER TABLE sites ADD COLUMN shared_documents boolean NOT NULL DEFAULT false;
UPDATE sites SET shared_documents = true;

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON documents FOR SELECT TO skein_request
  USING (
    site_id = acting_site()
    OR site_id IS NULL AND EXISTS (SELECT FROM sites s WHERE s.id = acting_site() AND s.shared_documents));

ALTER TABLE passages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON passages FOR SELECT TO skein_request
  USING (
    site_id = acting_site()
    OR site_id IS NULL AND EXISTS (SELECT FROM sites s WHERE s.id = acting_site() AND s.shared_documents));

-- Which words there are is told to no request.
ALTER TABLE vocabulary ENABLE ROW LEVEL SECURITY;

GRANT SELECT (shared_documents) ON sites TO skein_request;
GRANT SELECT ON documents, passages TO skein_request;
