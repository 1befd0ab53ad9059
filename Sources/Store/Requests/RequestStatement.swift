package import Postgres

/// Everything that requests read, each by its name: what is not listed here a request can't ask.
package enum RequestStatement: CaseIterable, Sendable {
  /// A session by its public id.
  case session
  /// Sessions, latest activity first.
  case sessions
  /// Messages of a session, in pages.
  case messages
  /// Titles and messages by their words.
  case search
  /// The answer to a question, by the session's public id and the question's.
  case answer
  /// Users' databases, and the one that a session is connected to.
  case databases, connection
  /// The documents of a site, and one of them with its text.
  case documents, document
  /// What happened on a site, and how many sessions are in use.
  case activity, present

  /// The SQL.
  package var statement: PostgresStatement {
    switch self {
    case .session: Statements.requestedSession
    case .sessions: Statements.requestedSessions
    case .messages: Statements.requestedMessages
    case .search: Statements.requestedSearch
    case .answer: Statements.requestedAnswer
    case .databases: Statements.requestedDatabases
    case .connection: Statements.requestedConnection
    case .documents: Statements.requestedDocuments
    case .document: Statements.requestedDocument
    case .activity: Statements.requestedActivity
    case .present: Statements.requestedPresent
    }
  }
}

extension Statements {
  static let requestedAnswer: PostgresStatement = """
    SELECT m.id::text, m.content, m.status, m.error_message, coalesce(m.tools, '[]')::text,
      m.input_tokens + m.output_tokens, m.processing_ms, a.slug, m.created_at
    FROM sessions s JOIN messages m ON m.session_id = s.id JOIN agents a ON a.id = s.agent_id
    WHERE s.public_id = $1 AND m.reply_to = $2 AND m.replaced_by IS NULL AND m.role = 'assistant'
    ORDER BY m.created_version DESC LIMIT 1
    """
}
