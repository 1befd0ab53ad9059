package import Postgres

/// Everything that requests read, each by its name: what is not listed here a request can't ask.
package enum RequestStatement: CaseIterable, Sendable {
  /// A session by its public id.
  case session

  /// The SQL.
  package var statement: PostgresStatement {
    switch self {
    case .session: Statements.requestedSession
    }
  }
}

extension Statements {
  static let requestedSession: PostgresStatement = """
    SELECT s.public_id, s.version, s.title, s.description, s.context::text, s.metadata::text, s.status, s.message_count,
      s.started_at, s.last_activity_at, s.ended_at, a.slug, a.name
    FROM sessions s JOIN agents a ON a.id = s.agent_id WHERE s.public_id = $1
    """
}
