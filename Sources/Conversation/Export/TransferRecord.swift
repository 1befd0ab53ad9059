/// A line of a file of exported sessions: a session, or a message of the session above it.
package enum TransferRecord: Sendable, Equatable {
  case session(TransferSession)
  case message(TransferMessage)
}

/// A session as it is exported: everything that is stored of it and its visitor, but what is under way.
package struct TransferSession: Sendable, Equatable {
  package var id: SessionID
  /// The site's key and the agent's slug.
  package var site: String
  package var agent: String
  /// The SHA-256 by which its owner is known.
  package var owner: [UInt8]
  package var visitor = ClientFrame.Visitor()
  package var version: Int64
  package var title: String?
  package var isTitleSet = false
  package var description: String?
  /// JSON: objects.
  package var context: [UInt8]
  package var metadata: [UInt8]
  /// `active`, `inactive` or `ended`.
  package var status: String
  package var messageCount: Int64
  /// In microseconds since 1970.
  package var startedAt: Int64
  package var lastActivityAt: Int64
  package var endedAt: Int64?

  package init(
    id: SessionID, site: String, agent: String, owner: [UInt8], version: Int64, context: [UInt8], metadata: [UInt8],
    status: String, messageCount: Int64, startedAt: Int64, lastActivityAt: Int64
  ) {
    self.id = id
    self.site = site
    self.agent = agent
    self.owner = owner
    self.version = version
    self.context = context
    self.metadata = metadata
    self.status = status
    self.messageCount = messageCount
    self.startedAt = startedAt
    self.lastActivityAt = lastActivityAt
  }
}

/// A message as it is exported. An answer that was being made is exported as `interrupted`, with what was stored of it.
package struct TransferMessage: Sendable, Equatable {
  package var session: SessionID
  package var message: Message
  /// In microseconds since 1970; the message itself has milliseconds.
  package var createdAt: Int64
  package var comment: String?

  package init(session: SessionID, message: Message, createdAt: Int64, comment: String? = nil) {
    self.session = session
    self.message = message
    self.createdAt = createdAt
    self.comment = comment
  }
}

/// What is wrong with a line.
package struct TransferError: Error, Equatable, CustomStringConvertible {
  /// Counted from one; 0 where no line is meant.
  package var line: Int
  package var message: String

  package init(line: Int = 0, _ message: String) {
    self.line = line
    self.message = message
  }

  package var description: String { line > 0 ? "line \(line): \(message)" : message }
}
