import Documents
package import Postgres

/// Puts documents where the knowledge agent finds them.
package struct KnowledgeLibrary {
  /// Makes the database hold exactly these documents of a collection: loads those whose digest changed, each in one
  /// transaction, and removes those that are gone. Several nodes may load at once: one waits for the other.
  /// - Parameters:
  ///   - collection: the name of the set; other sets stay as they are.
  ///   - site: the number of the only site that may see them; nil: all sites that want to.
  ///   - language: PostgreSQL's name of the language they are written in.
  /// - Returns: how many documents were loaded or removed.
  @discardableResult
  package static func load(
    _ documents: [KnowledgeDocument], into client: PostgresClient, collection: String = "docs", site: Int64? = nil,
    language: String = "english"
  ) async throws -> Int {
    let place = Place(site: site, collection: collection)
    let stored = try await digests(client, place)
    var changed = 0
    for document in documents where stored[document.path] != PreparedDocument.digest(of: document, language: language) {
      _ = try await client.transaction(replacing(try PreparedDocument(document, language: language), in: place))
      changed += 1
    }
    return try await changed + prune(client, place, keeping: documents.map(\.path))
  }

  /// A set of documents of a site.
  package struct Place: Sendable, Equatable {
    /// The site's number; nil: that of no site.
    package var site: Int64?
    package var collection: String

    package init(site: Int64?, collection: String) {
      self.site = site
      self.collection = collection
    }

    fileprivate var parameters: [PostgresValue] { [site.map { .int8($0) } ?? .null, .text(collection)] }
  }

  /// What became of a document.
  package enum Outcome: Sendable, Equatable {
    /// It is new, or in the place of an older version.
    case added, replaced
    /// It is as it was.
    case unchanged
    /// The site has the same under another path, and one is enough.
    case duplicate(of: String)
    /// The site has as many as it may.
    case tooMany
  }

  /// Stores a document of a site: all of it in one transaction, in the place of the version that was there.
  /// - Parameters:
  ///   - most: how many documents the site may have.
  ///   - noting: what else is done in that transaction.
  package static func store(
    _ prepared: PreparedDocument, in place: Place, of client: PostgresClient, most: Int = .max,
    noting: [(PostgresStatement, [PostgresValue])] = []
  ) async throws(PostgresError) -> Outcome {
    let path = prepared.document.path
    let rows = try await client.query(
      selectAlike,
      place.parameters + [
        .text(path), .bytea(prepared.digest), .int8(Int64(clamping: most)),
        prepared.document.url.map { .text($0) } ?? .null,
      ])
    let isThere = try rows.bool(0, 0)
    if try rows.bool(0, 1) { return .unchanged }
    if let other = try rows.optional(0, 2, rows.text) { return .duplicate(of: other) }
    if try rows.bool(0, 3), !isThere { return .tooMany }
    _ = try await client.transaction(replacing(prepared, in: place) + noting)
    return isThere ? .replaced : .added
  }

  /// Removes the documents of a collection that are not among these.
  /// - Returns: how many.
  package static func prune(
    _ client: PostgresClient, _ place: Place, keeping paths: [String]
  ) async throws(PostgresError) -> Int {
    let stored = try await digests(client, place)
    let kept = Set(paths)
    guard stored.keys.contains(where: { !kept.contains($0) }) else { return 0 }
    let results = try await client.transaction([(lock, []), (removeOthers, place.parameters + [.texts(kept.sorted())])])
    return Int(results[1].affected)
  }

  /// Deletes a document of a site, by what requests name it by.
  /// - Parameter noting: what else is done in the same transaction.
  /// - Returns: whether it was there.
  package static func delete(
    _ id: String, of site: Int64, from client: PostgresClient, noting: [(PostgresStatement, [PostgresValue])] = []
  ) async throws(PostgresError) -> Bool {
    let key: [PostgresValue] = [.int8(site), .text(id)]
    guard try await client.query(selectOne, key).count > 0 else { return false }
    return try await client.transaction([(lock, []), (deleteOne, key)] + noting)[1].affected > 0
  }

  private static func digests(
    _ client: PostgresClient, _ place: Place
  ) async throws(PostgresError) -> [String: [UInt8]] {
    let rows = try await client.query(selectDigests, place.parameters)
    var digests: [String: [UInt8]] = [:]
    for row in 0..<rows.count { digests[try rows.text(row, 0)] = try rows.bytes(row, 1) }
    return digests
  }

  private static func replacing(
    _ prepared: PreparedDocument, in place: Place
  ) -> [(PostgresStatement, [PostgresValue])] {
    let (document, passages) = (prepared.document, prepared.passages)
    let key = place.parameters + [.text(document.path)]
    let content = MarkdownSource.valid(document.markdown)
    return [
      (lock, []),
      (
        upsertDocument,
        key + [
          .text(prepared.title), .text(prepared.language), .bytea(prepared.digest),
          document.url.map { .text($0) } ?? .null, .text(document.mediaType),
          .int8(Int64(document.bytes ?? document.markdown.count)), .text(content),
        ]
      ),
      (deletePassages, key),
      (
        insertPassages,
        key + [
          .texts(passages.map { $0.headings.joined(separator: headingSeparator) }), .texts(passages.map(\.anchor)),
          .texts(passages.map(\.content)),
        ]
      ),
    ]
  }

  static let headingSeparator = " › "
}

extension KnowledgeLibrary {
  // The number is this program's own, only used for the loading of documents.
  static let lock: PostgresStatement = "SELECT pg_advisory_xact_lock(7305808869232650081)"

  private static let selectDigests: PostgresStatement = """
    SELECT path, digest FROM documents
    WHERE coalesce(site_id, 0) = coalesce($1::bigint, 0) AND collection = $2::text
    """

  /// Whether there is one of that path; whether it is this one; the path of another one that is the same; whether the
  /// site has as many as it may.
  private static let selectAlike: PostgresStatement = """
    SELECT coalesce(bool_or(d.path = $3::text AND d.collection = $2::text), false),
      coalesce(bool_or(d.path = $3::text AND d.collection = $2::text AND d.digest = $4::bytea
        AND d.url IS NOT DISTINCT FROM $6::text), false),
      min(d.path) FILTER (WHERE d.digest = $4::bytea AND (d.path <> $3::text OR d.collection <> $2::text)),
      (SELECT count(*) FROM documents o WHERE coalesce(o.site_id, 0) = coalesce($1::bigint, 0)) >= $5::bigint
    FROM documents d
    WHERE coalesce(d.site_id, 0) = coalesce($1::bigint, 0)
      AND (d.path = $3::text AND d.collection = $2::text OR d.digest = $4::bytea)
    """

  private static let upsertDocument: PostgresStatement = """
    INSERT INTO documents AS d (site_id, collection, path, title, language, digest, url, media_type, bytes, content)
    VALUES ($1::bigint, $2::text, $3::text, $4::text, $5::text, $6::bytea, $7::text, $8::text, $9::bigint, $10::text)
    ON CONFLICT (coalesce(site_id, 0), collection, path)
    DO UPDATE SET title = excluded.title, language = excluded.language, digest = excluded.digest, updated_at = now(),
      url = excluded.url, media_type = excluded.media_type, bytes = excluded.bytes, content = excluded.content,
      version = d.version + (d.digest <> excluded.digest)::int
    """

  private static let deletePassages: PostgresStatement = """
    DELETE FROM passages USING documents d
    WHERE document_id = d.id AND coalesce(d.site_id, 0) = coalesce($1::bigint, 0) AND d.collection = $2::text
      AND d.path = $3::text
    """

  private static let insertPassages: PostgresStatement = """
    INSERT INTO passages (document_id, ordinal, site_id, language, title, heading, anchor, content)
    SELECT d.id, p.place, d.site_id, d.language, d.title, p.heading, p.anchor, p.content
    FROM documents d, unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS p (heading, anchor, content, place)
    WHERE coalesce(d.site_id, 0) = coalesce($1::bigint, 0) AND d.collection = $2::text AND d.path = $3::text
    """

  private static let removeOthers: PostgresStatement = """
    DELETE FROM documents
    WHERE coalesce(site_id, 0) = coalesce($1::bigint, 0) AND collection = $2::text AND NOT path = ANY ($3::text[])
    """

  private static let selectOne: PostgresStatement = """
    SELECT id FROM documents WHERE site_id = $1::bigint AND public_id = $2::text
    """

  private static let deleteOne: PostgresStatement = """
    DELETE FROM documents WHERE site_id = $1::bigint AND public_id = $2::text
    """
}
