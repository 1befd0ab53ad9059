import Postgres
import Testing

@testable import Agents

/// Two sites, each with a session; the second wants the shared documents.
struct SitesWorld {
  let library: LanternLibrary
  let sites: [Int64]

  init() async throws {
    library = try await LanternLibrary(loaded: false)
    let rows = try await library.client.session { session in
      try await session.script(
        """
        INSERT INTO agents (slug, kind, name) VALUES ('a', 'knowledge', 'A');
        INSERT INTO sites (key, name, shared_documents) VALUES ('one', 'One', false), ('two', 'Two', true);
        INSERT INTO visitors (site_id, token_digest) SELECT id, sha256(key::bytea) FROM sites
        WHERE key IN ('one', 'two');
        INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, started_at, last_activity_at)
        SELECT 'session_of_' || s.key || '_0000', s.id, a.id, v.id, now(), now()
        FROM sites s JOIN visitors v ON v.site_id = s.id JOIN agents a ON a.slug = 'a' WHERE s.key IN ('one', 'two')
        """)
      return try await session.query("SELECT id FROM sites WHERE key IN ('one', 'two') ORDER BY key", [])
    }
    sites = [try rows.int(0, 0), try rows.int(1, 0)]
  }

  func place(_ number: Int, _ collection: String = "c") -> KnowledgeLibrary.Place {
    KnowledgeLibrary.Place(site: sites[number], collection: collection)
  }

  @discardableResult
  func store(
    _ path: String, _ text: String, on site: Int = 0, collection: String = "c", url: String? = nil, most: Int = 100
  ) async throws -> KnowledgeLibrary.Outcome {
    var document = KnowledgeDocument(path: path, markdown: Array(text.utf8))
    document.url = url
    return try await KnowledgeLibrary.store(
      PreparedDocument(document, language: "english"), in: place(site, collection), of: library.client, most: most)
  }
}
