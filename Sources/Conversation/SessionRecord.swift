/// A session as the store has it, without its finished messages.
package struct SessionRecord: Sendable {
  package var id: SessionID
  package var key: SessionKey
  package var site: Int64
  /// The SHA-256 of its visitor's token.
  package var owner: [UInt8]
  /// The id of the agent that answers in it.
  package var agent: Int64
  package var version: Int64
  package var title: String?
  package var context: SessionContext
  /// The last change of title and context; nil where there was none.
  package var lastUpdate: MessageID?
  package var description: String?
  package var metadata = SessionContext()
  /// Whether somebody has chosen the title, or that there be none.
  package var isTitleSet = false
  /// Whether it is nobody's any more.
  package var isDeleted = false
  /// Those that run or wait, in the order in which they will be answered.
  package var runs: [StoredRun]

  package init(
    id: SessionID, key: SessionKey, site: Int64, owner: [UInt8], agent: Int64, version: Int64 = 0,
    title: String? = nil, context: SessionContext = SessionContext(), lastUpdate: MessageID? = nil,
    runs: [StoredRun] = []
  ) {
    self.id = id
    self.key = key
    self.site = site
    self.owner = owner
    self.agent = agent
    self.version = version
    self.title = title
    self.context = context
    self.lastUpdate = lastUpdate
    self.runs = runs
  }
}

/// A run as the store has it.
package struct StoredRun: Sendable {
  package var question: Question
  /// The answer's id, where the run has begun.
  package var answerID: MessageID?
  /// The answer as it stands, where it was asked for.
  package var answer: Message?
  /// Whether somebody asked to stop it.
  package var stopping: Bool
  /// Whether it is leased to this node.
  package var isMine: Bool
  /// How often its answer, once begun, was taken over from a node that is gone.
  package var takeovers: Int64
  /// When its answer's bytes may be shown by the node that has begun it.
  package var durability: Durability

  package init(
    question: Question, answer: Message?, answerID: MessageID? = nil, stopping: Bool, isMine: Bool = true,
    takeovers: Int64 = 0, durability: Durability = .commit
  ) {
    self.question = question
    self.answerID = answer?.id ?? answerID
    self.answer = answer
    self.stopping = stopping
    self.isMine = isMine
    self.takeovers = takeovers
    self.durability = durability
  }
}

/// A person's message that is to be answered.
package struct Question: Sendable, Equatable {
  package var id: MessageID
  package var content: [UInt8]
  /// The order in which a session's questions are answered, lowest first: the version that brought it, or the negative
  /// of that for one that goes ahead.
  package var place: Int64

  package init(id: MessageID, content: [UInt8], place: Int64 = 0) {
    self.id = id
    self.content = content
    self.place = place
  }
}

/// What clients are told of an agent.
package struct AgentProfile: Sendable, Equatable {
  package var id: Int64
  package var slug: String
  package var name: String
  package var greeting: String
  package var suggestions: [String]

  package init(id: Int64, slug: String, name: String, greeting: String, suggestions: [String]) {
    self.id = id
    self.slug = slug
    self.name = name
    self.greeting = greeting
    self.suggestions = suggestions
  }
}

/// Which messages a client that binds a session needs.
package struct PageRequest: Sendable, Equatable {
  package var session: SessionID
  /// Every message that changed after this version; nil: the latest.
  package var since: Int64?
  /// Only those created before this version.
  package var before: Int64?
  package var limit: Int

  package init(session: SessionID, since: Int64? = nil, before: Int64? = nil, limit: Int) {
    self.session = session
    self.since = since
    self.before = before
    self.limit = limit
  }
}

/// Messages of a session in the order of their creation, read in one snapshot.
package struct Page: Sendable {
  package var messages: [Message]
  /// Whether there are more than were asked for: older ones, or further changes.
  package var hasMore: Bool
  /// The session's version in the same snapshot.
  package var version: Int64

  package init(messages: [Message], hasMore: Bool, version: Int64) {
    self.messages = messages
    self.hasMore = hasMore
    self.version = version
  }
}
