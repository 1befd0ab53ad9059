/// A frame of a client, checked field by field.
package struct ClientFrame: Sendable, Equatable {
  /// Carried back by the direct answer, or the error.
  package var ref: String?
  package var body: Body

  /// The frame by its type.
  package enum Body: Sendable, Equatable {
    case hello(Hello)
    case newSession(Hello)
    case send(Send)
    case stop(Stop)
    case retry(Retry)
    case loadHistory(LoadHistory)
    case updateSession(UpdateSession)
    case rate(Rate)
    case decide(Decide)
    case typing(isActive: Bool)
    case ping(nonce: String?)
  }

  /// `hello`, and `session.new` (which has no token).
  package struct Hello: Sendable, Equatable {
    package var session: SessionID?
    package var token: String?
    /// The token that the client had before it was known by name: its sessions become the person's.
    package var visitorToken: String?
    package var agent: String?
    package var position: Position?
    /// How many messages are wanted, 0 to 200.
    package var history = Binding.usual
    package var visitor = Visitor()
    package init() {}
  }

  /// What a client says of its person.
  package struct Visitor: Sendable, Equatable {
    package var name: String?
    package var email: String?
    package var locale: String?
    package var page: String?
    package var referrer: String?
    package init() {}
  }

  /// What to do with a question while another is being answered.
  package enum WhenBusy: String, Sendable {
    case queue, interrupt, reject
  }

  /// `message.send`.
  package struct Send: Sendable, Equatable {
    package var id: MessageID
    /// Valid UTF-8 without U+0000, 1 byte to `Limits.messageBytes`.
    package var content: [UInt8]
    package var whenBusy: WhenBusy
    /// JSON: an object.
    package var metadata: [UInt8]

    package init(
      id: MessageID, content: [UInt8], whenBusy: WhenBusy = .queue, metadata: [UInt8] = []
    ) {
      self.id = id
      self.content = content
      self.whenBusy = whenBusy
      self.metadata = metadata
    }
  }

  /// `run.stop`.
  package struct Stop: Sendable, Equatable {
    /// The answer to stop; nil: whatever runs.
    package var message: MessageID?
    /// Whether waiting questions are dropped too.
    package var queued: Bool

    package init(message: MessageID? = nil, queued: Bool = false) {
      self.message = message
      self.queued = queued
    }
  }

  /// `run.retry`.
  package struct Retry: Sendable, Equatable {
    /// The answer that is to be replaced.
    package var message: MessageID
    /// The new answer's id.
    package var id: MessageID

    package init(message: MessageID, id: MessageID) {
      self.message = message
      self.id = id
    }
  }

  /// `history.load`.
  package struct LoadHistory: Sendable, Equatable {
    /// The place that the page ends before.
    package var before: HistoryCursor
    package var limit: Int

    package init(before: HistoryCursor, limit: Int = 50) {
      self.before = before
      self.limit = limit
    }
  }

  /// `session.update`. What is nil is unchanged.
  package struct UpdateSession: Sendable, Equatable {
    package var title: NewText?
    package var description: NewText?
    /// Merged at the top level; a null value deletes its key.
    package var context: SessionContext?
    /// The same.
    package var metadata: SessionContext?

    /// A new text, or none.
    package enum NewText: Sendable, Equatable {
      case set(String)
      case clear

      var text: String? { if case .set(let text) = self { text } else { nil } }
    }

    package init(
      title: NewText? = nil, description: NewText? = nil, context: SessionContext? = nil,
      metadata: SessionContext? = nil
    ) {
      self.title = title
      self.description = description
      self.context = context
      self.metadata = metadata
    }

    var isEmpty: Bool { title == nil && description == nil && context == nil && metadata == nil }
  }

  /// `message.feedback`.
  package struct Rate: Sendable, Equatable {
    /// The answer.
    package var message: MessageID
    package var rating: Feedback
    package var comment: String?

    package init(message: MessageID, rating: Feedback, comment: String? = nil) {
      self.message = message
      self.rating = rating
      self.comment = comment
    }
  }

  /// `tool.approve` and `tool.reject`.
  package struct Decide: Sendable, Equatable {
    /// Made by the client; nil: the server makes one.
    package var id: MessageID?
    /// The answer.
    package var message: MessageID
    /// The call's id.
    package var tool: String
    package var verdict: ToolVerdict

    package init(id: MessageID? = nil, message: MessageID, tool: String, verdict: ToolVerdict) {
      self.id = id
      self.message = message
      self.tool = tool
      self.verdict = verdict
    }
  }

  package init(ref: String? = nil, body: Body) {
    self.ref = ref
    self.body = body
  }
}

/// A place in a session's history; opaque to clients.
package struct HistoryCursor: Sendable, Equatable {
  /// The `created_version` of the oldest message that the client has.
  package let createdVersion: Int64

  package init(createdVersion: Int64) { self.createdVersion = createdVersion }

  /// Nil where the text is no cursor of this server's making.
  package init?(_ text: String) {
    guard text.utf8.first == UInt8(ascii: "v"), let version = Int64(text.dropFirst()), version > 0 else { return nil }
    createdVersion = version
    guard self.text == text else { return nil }
  }

  package var text: String { "v\(createdVersion)" }
}
