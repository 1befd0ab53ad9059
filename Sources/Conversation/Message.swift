/// Who a message is from.
package enum Role: String, Sendable {
  case user, assistant, `operator`, system
}

/// Where an answer stands. All but `streaming` are final.
package enum MessageStatus: String, Sendable {
  case streaming, complete, stopped, failed
  /// Its server died, and its agent can't continue it.
  case interrupted
}

/// Why an answer was stopped.
package enum StopReason: String, Sendable {
  case user, interrupt, limit
}

/// What somebody thinks of an answer.
package enum Feedback: String, Sendable {
  case up, down
  /// Nothing, or nothing any more.
  case none
}

/// What a model counted, or what it may have taken.
package struct Usage: Sendable, Equatable {
  package var inputTokens: Int64
  package var outputTokens: Int64
  /// Those of the input that the model's service had kept from before.
  package var cachedTokens: Int64
  /// By the prices at the time; nil where there were none.
  package var cost: Cost?
  /// Whether some of it was not counted by the model's service.
  package var isEstimated: Bool

  package init(
    inputTokens: Int64, outputTokens: Int64, cachedTokens: Int64 = 0, cost: Cost? = nil, isEstimated: Bool = false
  ) {
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cachedTokens = cachedTokens
    self.cost = cost
    self.isEstimated = isEstimated
  }
}

/// Where a statement of an answer comes from.
package struct Citation: Sendable, Equatable {
  package var title: String
  package var url: String?
  package var excerpt: String?

  package init(title: String, url: String? = nil, excerpt: String? = nil) {
    self.title = title
    self.url = url
    self.excerpt = excerpt
  }
}

/// Why an answer failed, in words for the person who asked.
package struct AnswerError: Sendable, Equatable {
  package var code: String
  package var message: String

  package init(code: String, message: String) {
    self.code = code
    self.message = message
  }
}

/// A message as it is stored.
package struct Message: Sendable, Equatable {
  package var id: MessageID
  /// The session's version at the message's last change.
  package var version: Int64
  /// The session's version at the message's creation: its place in the order.
  package var createdVersion: Int64
  package var role: Role
  package var status: MessageStatus
  /// Valid UTF-8 without U+0000.
  package var content: [UInt8]
  /// In milliseconds since 1970, UTC.
  package var createdAt: Int64
  package var replyTo: MessageID?
  package var replacedBy: MessageID?
  package var reason: StopReason?
  package var error: AnswerError?
  /// JSON: a list of tool calls; empty where there are none.
  package var tools: [UInt8] = []
  /// JSON: a list of what was thought on the way to it, as far as that is shown; empty where nothing is.
  package var reasoning: [UInt8] = []
  /// JSON: a list of citations; empty where there are none.
  package var citations: [UInt8] = []
  package var usage: Usage?
  package var processingMilliseconds: Int64?
  /// `up` or `down`; nil for neither.
  package var feedback: String?
  /// The session's version at the last rating; nil where the message was never rated.
  package var ratedVersion: Int64?
  /// JSON: an object; empty where nothing is noted.
  package var metadata: [UInt8] = []

  package init(
    id: MessageID, version: Int64, createdVersion: Int64, role: Role, status: MessageStatus, content: [UInt8],
    createdAt: Int64
  ) {
    self.id = id
    self.version = version
    self.createdVersion = createdVersion
    self.role = role
    self.status = status
    self.content = content
    self.createdAt = createdAt
  }
}
