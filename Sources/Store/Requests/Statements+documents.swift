import Postgres

/// What requests read of documents. Under row-level security each shows what its site may see (migration 0021).
extension Statements {
  private static let documentColumns = """
    d.public_id, d.path, d.collection, d.title, d.language, d.media_type, d.bytes, d.version, d.url,
    (SELECT count(*) FROM passages p WHERE p.document_id = d.id), d.created_at, d.updated_at, d.id
    """

  /// The site's own, the newest last: those after a document's number, of a collection and of a path where these are
  /// said, at most so many.
  static let requestedDocuments = PostgresStatement(
    """
    SELECT \(documentColumns) FROM documents d
    WHERE d.site_id = acting_site() AND d.id > $1::int8 AND ($2::text IS NULL OR d.collection = $2::text)
      AND ($3::text IS NULL OR d.path = $3::text)
    ORDER BY d.id LIMIT $4::int8
    """)

  /// One by its public id, with its text; the site's own alone where that is asked for.
  static let requestedDocument = PostgresStatement(
    """
    SELECT \(documentColumns), d.content FROM documents d
    WHERE d.public_id = $1::text AND (NOT $2::bool OR d.site_id = acting_site())
    """)
}
