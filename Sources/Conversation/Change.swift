/// What a session wants committed. Each takes effect once, however often it is tried: a group whose fate is unknown is
/// committed again as it is.
package enum Change: Sendable {
  case create(Creation)
  case accept(Acceptance)
  case begin(Beginning)
  case complete(Ending)
  case retry(Retry)
  case update(Update)
  case rate(Rating)
  case stop(Stopping)
  case note(Noting)
  case keep(Keeping)
  case decide(Deciding)
  case delete(Deletion)

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
    /// The user that the visitor is; nil: none.
    package var user: Int64?
    /// What the site's own server calls the visitor; nil: it vouches for nobody.
    package var subject: String?

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
    package var durability = Durability.commit
  }

  /// A run ends: its answer is final, its chunks are folded into it.
  package struct Ending: Sendable {
    package var session: SessionKey
    package var question: MessageID
    package var answer: MessageID
    /// The whole answer.
    package var content: [UInt8]
    package var completion: Completion
    /// How often the answer had been taken over when this was made. One that was taken over since goes on from what is
    /// stored, wherever it is now: this is not its end.
    package var takeovers: Int64 = 0
    /// Whether steps may be stored of it, which go with it.
    package var hasSteps = false
  }

  /// An answer is made again: the old one is marked, the new one created, empty, and its run begun, all at once. It
  /// takes two versions, in that order.
  package struct Retry: Sendable {
    package var session: SessionKey
    /// The answer that is replaced.
    package var replaced: MessageID
    package var answer: MessageID
    package var createdAt: Int64
    /// Whether only a duplicate is answered, since the session is busy.
    package var onlyDuplicate: Bool
    package var durability = Durability.commit
  }

  /// A new title, description, context and metadata, all whole.
  package struct Update: Sendable {
    package var session: SessionKey
    /// Tells it from others, where it is committed again.
    package var id: MessageID
    /// The change that this one was merged into: refused where there was another since.
    package var base: MessageID?
    package var title: String?
    /// Whether somebody has chosen the title, or that there be none.
    package var isTitleSet = false
    package var description: String?
    package var context: SessionContext
    package var metadata = SessionContext()
  }

  /// What somebody thinks of an answer.
  package struct Rating: Sendable {
    package var session: SessionKey
    /// Tells it from others, where it is committed again.
    package var id: MessageID
    package var message: MessageID
    package var rating: Feedback
    package var comment: String?
  }

  /// The session is nobody's any more, with all that runs or waits in it; its rows stay until they are purged.
  package struct Deletion: Sendable {
    package var session: SessionKey
  }

  /// Somebody wants the running answer stopped, and perhaps the waiting questions dropped.
  package struct Stopping: Sendable {
    package var session: SessionKey
    package var question: MessageID
    package var dropped: [MessageID]
  }

  /// What is told of an answer that is being made beside its text.
  package enum Part: Sendable {
    case call, reasoning
  }

  /// A call of a tool, or what became of it, or what was thought, in an answer that is being made.
  package struct Noting: Sendable {
    package var session: SessionKey
    package var answer: MessageID
    package var part = Part.call
    /// The id of the call, or of what was thought.
    package var call: String
    /// As it stands: the object `tool` of `message.tool`, or `reasoning` of `message.reasoning`.
    package var json: [UInt8]
    /// How often the answer had been taken over, as with its end.
    package var takeovers: Int64
    /// How long persons may take to agree to the call, from its commit on, in milliseconds; nil: it does not wait for them.
    package var within: Int64?
  }

  /// A step of an agent's work on an answer: not to be shown, but there for whoever goes on with the answer.
  package struct Keeping: Sendable {
    package var session: SessionKey
    package var answer: MessageID
    /// How often the answer had been taken over, as with its end.
    package var takeovers: Int64
    /// Grows from step to step under the same count.
    package var number: Int64
    /// How much there was of the answer, in bytes. All of that is stored where the step is, but for the text of an answer
    /// that has ended, which comes with its end.
    package var offset: Int
    /// JSON; nothing: from here on no steps are kept, for there were too many.
    package var content: [UInt8]
  }

  /// What becomes of a call that waits for a person. The first of its kind counts.
  package struct Deciding: Sendable {
    package var session: SessionKey
    /// Tells it from others, where it is committed again.
    package var id: MessageID
    package var message: MessageID
    /// The call's id.
    package var call: String
    package var verdict: ToolVerdict
  }

  /// Whether the change takes a version of its session, or is not to overtake those that do: a step comes behind its
  /// answer's beginning.
  var isOrdered: Bool {
    switch self {
    case .create, .stop: false
    case .accept, .begin, .complete, .retry, .update, .rate, .note, .keep, .decide, .delete: true
    }
  }
}

/// An answer's bytes that follow those that were handed in before.
package struct Growth: Sendable {
  package var session: SessionKey
  package var answer: MessageID
  package var offset: Int
  package var bytes: [UInt8]
  /// How often the answer had been taken over when they were written, as with its end.
  package var takeovers: Int64 = 0
}

/// How an answer ends.
package struct Completion: Sendable, Equatable {
  package var status: MessageStatus
  package var reason: StopReason?
  package var error: AnswerError?
  package var usage: Usage?
  package var citations: [Citation] = []
  /// JSON: a list of tool calls.
  package var tools: [UInt8] = []
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
  /// The answer is begun again, or was already.
  case retried(Retried)
  /// It stands what becomes of a call.
  case decided(Decided)
  /// What was asked for makes no sense there.
  case denied(Denial)
  /// Nothing was changed: the session is busy, the id is taken, the run is no longer this node's, or another node has
  /// changed what it was to change.
  case refused
  /// The store can't take it, now or ever; it was not committed.
  case failed
  /// The store takes nothing for now; it was not committed, and who has asked for it may ask again.
  case unavailable

  /// A retry that is committed.
  package struct Retried: Sendable, Equatable {
    /// Of the new answer's creation; the old one's mark has the version before.
    package var version: Int64
    package var createdAt: Int64
    /// What is answered again.
    package var question: Question
    /// Whether it was committed before.
    package var isDuplicate: Bool

    package init(version: Int64, createdAt: Int64, question: Question, isDuplicate: Bool) {
      self.version = version
      self.createdAt = createdAt
      self.question = question
      self.isDuplicate = isDuplicate
    }
  }

  /// What was decided of a call.
  package struct Decided: Sendable, Equatable {
    package var version: Int64
    /// The call as it stands, JSON.
    package var tool: [UInt8]
    /// What counts.
    package var verdict: ToolVerdict
    /// Whether it was decided before.
    package var isDuplicate: Bool

    package init(version: Int64, tool: [UInt8], verdict: ToolVerdict, isDuplicate: Bool) {
      self.version = version
      self.tool = tool
      self.verdict = verdict
      self.isDuplicate = isDuplicate
    }
  }

  /// Why a retry is none, or a rating, or a decision.
  package enum Denial: String, Sendable {
    /// The id is another message's.
    case taken
    /// The message is not there.
    case absent
    /// The message is not the session's last answer; for a rating, not an answer, or one that is not final; for a
    /// decision, the call does not wait.
    case unfit
  }

  /// The session's version after the change; nil where it has taken none.
  package var version: Int64? {
    switch self {
    case .committed(let version, _): version > 0 ? version : nil
    case .retried(let retried): retried.isDuplicate ? nil : retried.version
    case .decided(let decided): decided.isDuplicate ? nil : decided.version
    case .created, .duplicate, .denied, .refused, .failed, .unavailable: nil
    }
  }
}
