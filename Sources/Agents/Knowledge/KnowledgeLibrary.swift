import CSodium
package import Postgres

/// Puts documents where the knowledge agent finds them.
package struct KnowledgeLibrary {
  /// Makes the database hold exactly these documents of a collection: loads those whose digest changed, each in one
  /// transaction, and removes those that are gone. Several nodes may load at once: one waits for the other.
  /// - Parameters:
  ///   - collection: the name of the set; other sets stay as they are.
  ///   - site: the key of the only site that may see them; nil: all sites.
  ///   - language: PostgreSQL's name of the language they are written in.
  /// - Returns: how many documents were loaded or removed.
  @discardableResult
  package static func load(
    _ documents: [KnowledgeDocument], into client: PostgresClient, collection: String = "docs", site: Int64? = nil,
    language: String = "english"
  ) async throws(PostgresError) -> Int {
    let site = site.map(PostgresValue.int8) ?? .null
    let stored = try await digests(client, collection: collection, site: site)
    var changed = 0
    for document in documents {
      let digest = digest(of: document, language: language)
      guard stored[document.path] != digest else { continue }
      _ = try await client.transaction(
        replacing(document, digest: digest, collection: collection, site: site, language: language))
      changed += 1
    }
    let paths = Set(documents.map(\.path))
    if stored.keys.contains(where: { !paths.contains($0) }) {
      let results = try await client.transaction([
        (lock, []), (removeOthers, [site, .text(collection), .texts(paths.sorted())]),
      ])
      changed += Int(results[1].affected)
    }
    return changed
  }

  private static func digests(
    _ client: PostgresClient, collection: String, site: PostgresValue
  ) async throws(PostgresError) -> [String: [UInt8]] {
    let rows = try await client.query(selectDigests, [site, .text(collection)])
    var digests: [String: [UInt8]] = [:]
    for row in 0..<rows.count { digests[try rows.text(row, 0)] = try rows.bytes(row, 1) }
    return digests
  }

  private static func replacing(
    _ document: KnowledgeDocument, digest: [UInt8], collection: String, site: PostgresValue, language: String
  ) -> [(PostgresStatement, [PostgresValue])] {
    let (heading, passages) = MarkdownSplitter().split(document.markdown)
    let title = document.title ?? heading ?? fileName(document.path)
    let key: [PostgresValue] = [site, .text(collection), .text(document.path)]
    return [
      (lock, []),
      (upsertDocument, key + [.text(title), .text(language), .bytea(digest)]),
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

  /// Grows with every change of the splitter that should cut stored documents anew.
  private static let splitterVersion = "1"

  /// SHA-256 (FIPS 180-4) of all that the stored passages depend on.
  private static func digest(of document: KnowledgeDocument, language: String) -> [UInt8] {
    let head = [splitterVersion, language, document.title ?? "", ""].joined(separator: "\u{0}")
    let bytes = Array(head.utf8) + document.markdown
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }

  private static func fileName(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? path[...]
    return String(name.split(separator: ".").first ?? name)
  }
}

extension KnowledgeLibrary {
  // The number is this program's own, only used for the loading of documents.
  private static let lock: PostgresStatement = "SELECT pg_advisory_xact_lock(7305808869232650081)"

  private static let selectDigests: PostgresStatement = """
    SELECT path, digest FROM documents
    WHERE coalesce(site_id, 0) = coalesce($1::bigint, 0) AND collection = $2::text
    """

  private static let upsertDocument: PostgresStatement = """
    INSERT INTO documents (site_id, collection, path, title, language, digest)
    VALUES ($1::bigint, $2::text, $3::text, $4::text, $5::text, $6::bytea)
    ON CONFLICT (coalesce(site_id, 0), collection, path)
    DO UPDATE SET title = excluded.title, language = excluded.language, digest = excluded.digest, updated_at = now()
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
}
