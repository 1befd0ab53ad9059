/// What a session wants committed. Each takes effect once, however often it is tried: a group whose fate is unknown is
/// committed again as it is.
package enum Change: Sendable {
  case create(Creation)
  case accept(Acceptance)
  case begin(Beginning)
  case complete(Ending)
  case update(Update)
  case stop(Stopping)

  /// A new session and, where its token is unknown, its visitor.
  package struct Creation: Sendable {
    package var id: SessionID
    package var site: Int64
    package var agent: Int64
    /// The SHA-256 of the visitor's token.
    package var owner: [UInt8]
    package var visitor: ClientFrame.Visitor
    package var address: String?
    package var createdAt: Int64

    package init(
      id: SessionID, site: Int64, agent: Int64, owner: [UInt8], visitor: ClientFrame.Visitor, address: String?,
      createdAt: Int64
    ) {
      self.id = id
      self.site = site
      self.agent = agent
      self.owner = owner
      self.visitor = visitor
      self.address = address
      self.createdAt = createdAt
    }
  }

  /// A person's message, and the run that will answer it.
  package struct Acceptance: Sendable {
    package var session: SessionKey
    package var id: MessageID
    package var content: [UInt8]
    package var metadata: [UInt8]
    package var createdAt: Int64
    /// Whether its run goes ahead of those that wait.
    package var interrupts: Bool
    /// Whether only a duplicate is answered: the session is busy, and the sender did not want to wait.
    package var onlyDuplicate: Bool
  }

  /// A run begins: its answer is created, empty.
  package struct Beginning: Sendable {
    package var session: SessionKey
    package var question: MessageID
    package var answer: MessageID
    package var createdAt: Int64
  }

  /// A run ends: its answer is final, its chunks are folded into it.
  package struct Ending: Sendable {
    package var session: SessionKey
    package var question: MessageID
    package var answer: MessageID
    /// The whole answer.
    package var content: [UInt8]
    package var completion: Completion
  }

  /// A new title and context, both whole.
  package struct Update: Sendable {
    package var session: SessionKey
    /// Tells it from others, where it is committed again.
    package var id: MessageID
    /// The change that this one was merged into: refused where there was another since.
    package var base: MessageID?
    package var title: String?
    package var context: SessionContext
  }

  /// Somebody wants the running answer stopped, and perhaps the waiting questions dropped.
  package struct Stopping: Sendable {
    package var session: SessionKey
    package var question: MessageID
    package var dropped: [MessageID]
  }

  /// Whether the change takes a version of its session.
  var isVersioned: Bool {
    switch self {
    case .create, .stop: false
    case .accept, .begin, .complete, .update: true
    }
  }
}

/// An answer's bytes that follow those that were handed in before.
package struct Growth: Sendable {
  package var session: SessionKey
  package var answer: MessageID
  package var offset: Int
  package var bytes: [UInt8]
}

/// How an answer ends.
package struct Completion: Sendable, Equatable {
  package var status: MessageStatus
  package var reason: StopReason?
  package var error: AnswerError?
  package var usage: Usage?
  package var citations: [Citation] = []
  /// JSON: a list of tool calls.
  package var tools: [UInt8] = Array("[]".utf8)
  /// From the run's beginning to its end.
  package var processingMilliseconds: Int64 = 0

  package init(_ status: MessageStatus, reason: StopReason? = nil, error: AnswerError? = nil) {
    self.status = status
    self.reason = reason
    self.error = error
  }
}

/// What became of a change.
package enum Outcome: Sendable, Equatable {
  /// It is committed. `version` is 0 where the change takes none.
  case committed(version: Int64, createdAt: Int64)
  /// The session is made.
  case created(SessionKey)
  /// A message of that id is there already.
  case duplicate(version: Int64, createdAt: Int64, role: Role)
  /// Nothing was changed: the session is busy, the id is taken, the run is no longer this node's, or another node has
  /// changed what it was to change.
  case refused
  /// The store can't take it, now or ever; it was not committed.
  case failed
}
