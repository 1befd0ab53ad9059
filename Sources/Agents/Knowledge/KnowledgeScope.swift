package import Conversation
import Postgres

/// Whose documents are looked at: those of a site, and the shared ones where the site wants these.
package enum KnowledgeScope: Sendable, Equatable {
  /// The site of a session.
  case session(SessionID)
  /// A site by its number.
  case site(Int64)
}

extension KnowledgeScope {
  /// What begins a transaction that sees no more than this.
  private var act: (PostgresStatement, [PostgresValue]) {
    switch self {
    case .session(let session): (KnowledgeStatements.actForSession, [.text(session.text)])
    case .site(let site): (KnowledgeStatements.actForSite, [.int8(site)])
    }
  }

  /// The only way from a question to the documents: in the role of requests, for this site alone (migration 0011), in
  /// one transaction and one round trip.
  func read(
    _ steps: [(PostgresStatement, [PostgresValue])], from client: PostgresClient
  ) async throws(PostgresError) -> [PostgresRows] {
    Array(try await client.transaction([act] + steps).dropFirst())
  }

  /// The same for one statement.
  func read(
    _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], from client: PostgresClient
  ) async throws(PostgresError) -> PostgresRows {
    try await read([(statement, parameters)], from: client)[0]
  }
}
