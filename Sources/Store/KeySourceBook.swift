package import Postgres

/// Where sites' own servers publish the keys that they sign with, and when these are fetched. The keys themselves stand
/// with the sites, for all servers.
package struct KeySourceBook: Sendable {
  /// A set that is due.
  package struct Source: Sendable, Equatable {
    package let site: Int64
    package let key: String
    package let url: String
  }

  private let client: PostgresClient

  package init(_ client: PostgresClient) { self.client = client }

  /// The sets that are due, which are this caller's to fetch from now on: no other is given them before the next time.
  package func take() async throws(PostgresError) -> [Source] {
    let rows = try await client.query(Statements.takeKeySources, [])
    return try (0..<rows.count).map { row throws(PostgresError) in
      Source(site: try rows.int(row, 0), key: try rows.text(row, 1), url: try rows.text(row, 2))
    }
  }

  /// Stores what was fetched, where it is another set than before, and still wanted from there.
  /// - Parameter set: JSON.
  package func store(_ set: [UInt8], of source: Source) async throws(PostgresError) {
    _ = try await client.query(Statements.storeKeySet, [.int8(source.site), .utf8(set), .text(source.url)])
  }

  /// Has a site's set fetched before its time, since a token names a key that is not in it: at most once a minute.
  package func ask(_ site: Int64) async throws(PostgresError) {
    _ = try await client.query(Statements.askForKeySet, [.int8(site)])
  }
}

extension Statements {
  fileprivate static let takeKeySources: PostgresStatement = """
    UPDATE site_key_sources k SET due_at = now() + interval '5 minutes', fetched_at = now() FROM sites s
    WHERE s.id = k.site_id AND k.site_id IN (
      SELECT d.site_id FROM site_key_sources d JOIN sites e ON e.id = d.site_id
      WHERE d.due_at <= now() AND e.disabled_at IS NULL ORDER BY d.due_at LIMIT 8 FOR UPDATE OF d SKIP LOCKED)
    RETURNING k.site_id, s.key, k.url
    """

  fileprivate static let storeKeySet: PostgresStatement = """
    INSERT INTO site_identities AS i (site_id, jwks)
    SELECT site_id, $2::text::jsonb FROM site_key_sources WHERE site_id = $1::int8 AND url = $3::text
    ON CONFLICT (site_id) DO UPDATE SET jwks = excluded.jwks WHERE i.jwks IS DISTINCT FROM excluded.jwks
    """

  fileprivate static let askForKeySet: PostgresStatement = """
    UPDATE site_key_sources SET due_at = now()
    WHERE site_id = $1::int8 AND due_at > now() AND fetched_at < now() - interval '1 minute'
    """
}
