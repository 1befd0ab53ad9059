/// Why PostgreSQL did not do what was asked. The text never carries a password or a parameter's value, except `detail`,
/// which is the server's own and may quote rows.
package struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The connection string is malformed, or a request can't be expressed (too many parameters).
    case configuration
    /// The connection was lost while the request was on its way.
    case connection
    /// The database is away: the last attempt to connect failed. Answered at once.
    case unavailable
    /// No answer within the time limit.
    case timeout
    /// The server refused; `sqlstate` says why.
    case server
    /// Too many requests wait already.
    case tooBusy
    /// The client was closed.
    case closed
    /// A result does not have the shape that the reader expected.
    case decoding
  }

  package var kind: Kind
  /// One sentence for a person.
  package var message: String
  /// The server's five-character code (PostgreSQL's documentation, appendix A), where the server answered.
  package var sqlstate: String?
  /// `ERROR`, `FATAL` or `PANIC`, not translated, where the server answered.
  package var severity: String?
  /// The server's explanation; may quote rows.
  package var detail: String?
  /// The constraint that was violated.
  package var constraint: String?
  /// The index of the transaction's step that failed; nil where it was none of them, as in a failure at commit.
  package var step: Int?
  /// Whether the work may have been committed although it failed for the caller.
  package var outcomeUnknown = false
  /// Whether the server answers, but stores nothing for now: it is read-only, or its disk is full or fails. What was asked
  /// was not done.
  package var refusesWrites = false
  /// Whether the server no longer knows the prepared statement, or its plan no longer fits the tables.
  var isStalePlan = false

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// Whether the database could not be reached, or was lost on the way: nothing is wrong with the request.
  package var isConnectionFailure: Bool {
    switch kind {
    case .connection, .unavailable, .timeout: sqlstate != "57014"
    case .server: sqlstate.map { $0.hasPrefix("08") || $0.hasPrefix("57P") || $0 == "53300" } ?? false
    default: false
    }
  }

  /// Whether a unique constraint or index was violated.
  package var isUniqueViolation: Bool { sqlstate == "23505" }

  /// Whether the same request may succeed later: the database is away or restarts, is read-only or full at the moment,
  /// or other transactions were in the way. Look at `outcomeUnknown` before repeating what is not idempotent.
  package var isRetryable: Bool {
    switch kind {
    case .connection, .unavailable, .timeout, .tooBusy: return true
    case .configuration, .closed, .decoding: return false
    case .server:
      guard let sqlstate else { return false }
      // Connections (08), transaction rollback (40), resources such as a full disk (53), operator intervention (57),
      // system errors (58): classes whose causes pass.
      return ["08", "40", "53", "57", "58"].contains { sqlstate.hasPrefix($0) }
        || ["25006", "55P03", "XX000"].contains(sqlstate)
    }
  }

  package var description: String {
    var text = message
    if let sqlstate { text += " (SQLSTATE \(sqlstate))" }
    if let step { text += ", step \(step)" }
    if outcomeUnknown { text += "; the outcome is unknown" }
    return text
  }
}
