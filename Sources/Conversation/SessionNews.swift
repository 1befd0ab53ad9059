/// What a node asks about a session that others may have changed.
package struct NewsRequest: Sendable, Equatable {
  package var session: SessionKey
  /// The last version that is known.
  package var since: Int64
  /// The answer that another node is making, and how much of it is known, in bytes.
  package var answer: MessageID?
  package var offset: Int

  package init(session: SessionKey, since: Int64, answer: MessageID?, offset: Int) {
    self.session = session
    self.since = since
    self.answer = answer
    self.offset = offset
  }

  /// Beyond so many changed messages those who read have to come again.
  package static let mostMessages = 200
}

/// What has changed in a session since a version, read in one snapshot.
package struct SessionNews: Sendable {
  package var version: Int64
  package var title: String?
  package var context: SessionContext
  package var lastUpdate: MessageID?
  /// The digest of its owner; nil where that was not looked at.
  package var owner: [UInt8]?
  package var description: String?
  package var metadata = SessionContext()
  /// Whether somebody has chosen the title, or that there be none.
  package var isTitleSet = false
  /// Every message that changed, as it is now, in the order of creation.
  package var messages: [Message]
  /// Whether there are more of them.
  package var hasMore: Bool
  /// Those that run or wait, in the order in which they will be answered; with an answer's message where that was begun
  /// since.
  package var runs: [StoredRun]
  /// The committed bytes of the answer that was asked about.
  package var tail: Tail?

  package struct Tail: Sendable {
    package var answer: MessageID
    /// Where they begin, in bytes.
    package var offset: Int
    package var bytes: [UInt8]

    package init(answer: MessageID, offset: Int, bytes: [UInt8]) {
      self.answer = answer
      self.offset = offset
      self.bytes = bytes
    }
  }

  package init(
    version: Int64, title: String?, context: SessionContext = SessionContext(), lastUpdate: MessageID?,
    messages: [Message] = [], hasMore: Bool = false, runs: [StoredRun] = [], tail: Tail? = nil
  ) {
    self.version = version
    self.title = title
    self.context = context
    self.lastUpdate = lastUpdate
    self.messages = messages
    self.hasMore = hasMore
    self.runs = runs
    self.tail = tail
  }
}
