import Postgres

/// What requests read of documents. Under row-level security each shows what its site may see (migration 0021).
extension Statements {
  private static let documentColumns = """
    d.public_id, d.path, d.collection, d.title, d.language, d.media_type, d.bytes, d.version, d.url,
    (SELECT count(*) FROM passages p WHERE p.document_id = d.id), d.created_at, d.updated_at, d.id
    """

  /// How many passages wait for a vector of a model, and how many it did not take.
  private static func vectorColumns(_ model: String) -> String {
    """
    (SELECT count(*) FROM passages p WHERE p.document_id = d.id AND NOT EXISTS (
      SELECT FROM passage_vectors v
      WHERE v.document_id = p.document_id AND v.ordinal = p.ordinal AND v.model_id = \(model))),
    (SELECT count(*) FROM passage_vectors v
     WHERE v.document_id = d.id AND v.model_id = \(model) AND v.vector IS NULL)
    """
  }

  /// The site's own, the newest last: those after a document's number, of a collection and of a path where these are
  /// said, at most so many; behind that of their passages, by a model's number.
  static let requestedDocuments = PostgresStatement(
    """
    SELECT \(documentColumns), \(vectorColumns("$5::int8")) FROM documents d
    WHERE d.site_id = acting_site() AND d.id > $1::int8 AND ($2::text IS NULL OR d.collection = $2::text)
      AND ($3::text IS NULL OR d.path = $3::text)
    ORDER BY d.id LIMIT $4::int8
    """)

  /// One by its public id, with what there is of its vectors by a model's number, and its text; the site's own alone where that is asked for.
  static let requestedDocument = PostgresStatement(
    """
    SELECT \(documentColumns), \(vectorColumns("$3::int8")), d.content FROM documents d
    WHERE d.public_id = $1::text AND (NOT $2::bool OR d.site_id = acting_site())
    """)
}
