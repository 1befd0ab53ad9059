/// A message as the database has it.
package struct StoredMessage: Sendable, Equatable {
  package var id: String
  package var createdVersion: Int64
  package var version: Int64
  package var role: String
  package var status: String
  package var reason: String?
  package var replyTo: String?
  /// The answer that was made instead.
  package var replacedBy: String?
  package var content: [UInt8]

  /// All of it.
  package init(
    id: String, createdVersion: Int64, version: Int64, role: String, status: String, reason: String? = nil,
    replyTo: String? = nil, replacedBy: String? = nil, content: [UInt8]
  ) {
    self.id = id
    self.createdVersion = createdVersion
    self.version = version
    self.role = role
    self.status = status
    self.reason = reason
    self.replyTo = replyTo
    self.replacedBy = replacedBy
    self.content = content
  }
}

/// A session as the database has it.
package struct StoredSession: Sendable, Equatable {
  package var id: String
  package var version: Int64
  package var title: String?
  /// All of the suite's contexts are of strings.
  package var context: [String: String]
  /// In the order of their creation.
  package var messages: [StoredMessage]

  /// All of it.
  package init(id: String, version: Int64, title: String?, context: [String: String], messages: [StoredMessage]) {
    self.id = id
    self.version = version
    self.title = title
    self.context = context
    self.messages = messages
  }
}
