package import Accounts
package import Conversation

/// What the conversation needs kept, and found again.
package protocol ConversationStore: Sendable {
  /// Whether the last attempt to reach the store succeeded.
  var isAvailable: Bool { get }

  /// Whether it can be reached, and has taken what was last to be stored.
  var takesChanges: Bool { get }

  /// Sessions, each with the page that a client of it asks for; nil where there is no such session.
  func open(_ requests: [PageRequest]) async -> [Result<(SessionRecord, Page)?, StoreError>]

  /// A page of a session; empty where there is no such session.
  func page(_ request: PageRequest) async throws(StoreError) -> Page

  /// What has changed in a session; nil where it is gone.
  func news(_ request: NewsRequest) async throws(StoreError) -> SessionNews?

  /// Tells other nodes that sessions have changed.
  func announce(_ sessions: [SessionID]) async throws(StoreError)

  /// Tells other nodes that somebody types in these sessions, or does no longer.
  func announce(typing sessions: [SessionID], isActive: Bool) async throws(StoreError)

  /// Which sessions another node has changed.
  /// - Parameter sessions: each with the last version that is known.
  /// - Returns: their places in `sessions`.
  func changed(among sessions: [(SessionKey, Int64)]) async throws(StoreError) -> [Int]

  /// What was said before a question, oldest first, at most `limit` turns.
  func turns(of session: SessionKey, before question: MessageID, limit: Int) async throws(StoreError) -> [StoredTurn]

  /// The steps of an agent's work on an answer that is being made, in their order.
  func steps(of session: SessionKey, to answer: MessageID) async throws(StoreError) -> [StoredStep]

  /// What is known of a call of an answer that is being made, and that waits for persons, or has.
  func standing(
    of call: String, in answer: MessageID, of session: SessionKey
  ) async throws(StoreError) -> StoredStanding

  /// What is kept of a session's older turns; nil for nothing.
  func summary(of session: SessionKey) async throws(StoreError) -> StoredSummary?

  /// Keeps a summary, unless one that goes further is there.
  func keep(_ summary: StoredSummary, of session: SessionKey) async throws(StoreError)

  /// The digest of a session's owner; nil where there is no such session.
  func owner(of session: SessionKey) async throws(StoreError) -> [UInt8]?

  /// Makes the sessions of a visitor those of a person who was that visitor until it was known by name. The session's
  /// other readers are told of a new version.
  /// - Returns: the sessions that were moved.
  func merge(_ merging: VisitorMerging) async throws(StoreError) -> [SessionID]

  /// Notes that an API key was used.
  func noteUse(ofKey key: Int64) async throws(StoreError)

  /// Commits a group, however long the store may be away. Returns when every part's fate is known.
  /// - Parameter givingUp: told the places of `group.requests` where the store takes nothing for now: they are not
  ///   committed, their outcome is `unavailable`. The rest waits.
  func commit(_ group: Group, givingUp: ([Int]) -> Void) async -> GroupOutcome

  /// Removes sessions that were deleted, with all that belongs to them.
  func purge(_ sessions: [SessionID]) async throws(StoreError)

  /// Removes a visitor who has no session any more.
  func forget(_ owner: [UInt8], of site: Int64) async throws(StoreError)

  /// Keeps a ticket for reading a session.
  /// - Parameters:
  ///   - digest: its SHA-256.
  ///   - seconds: within which it has to be used.
  /// - Returns: until when, in milliseconds since 1970.
  func issueTicket(_ digest: [UInt8], for session: SessionKey, seconds: Int64) async throws(StoreError) -> Int64

  /// Uses a ticket: for the first time, or again by one who resumes.
  /// - Parameter seconds: for how long it is good for that from now on.
  /// - Returns: the SHA-256 of the token of the session's owner; nil where the ticket is not good for that session.
  func useTicket(
    _ digest: [UInt8], for session: SessionID, resumes: Bool, seconds: Int64
  ) async throws(StoreError) -> [UInt8]?
}

/// A person who was known by a token of its browser alone until now.
package struct VisitorMerging: Sendable {
  package let site: Int64
  /// The SHA-256 of the browser's token.
  package let visitor: [UInt8]
  package let bearer: Bearer
  package let address: String?

  package init(site: Int64, visitor: [UInt8], bearer: Bearer, address: String?) {
    self.site = site
    self.visitor = visitor
    self.bearer = bearer
    self.address = address
  }
}

/// What somebody said, as an agent is told.
package struct StoredTurn: Sendable, Equatable {
  package var role: Role
  package var content: [UInt8]
  /// The version with which it came.
  package var place: Int64
}

/// A step of an agent's work on an answer.
package struct StoredStep: Sendable, Equatable {
  /// How much there was of the answer by then, in bytes.
  package var offset: Int
  /// JSON; empty where steps are missing from here on.
  package var content: [UInt8]
}

/// What persons have said of a call, and for how long they may.
package struct StoredStanding: Sendable, Equatable {
  /// What was decided of it.
  package var verdict: ToolVerdict?
  /// How long it is still waited for, by the store's clock; below 0 where the time is over, nil where it never was.
  package var millisecondsLeft: Int64?
}

/// What was said in a session up to a turn, told shortly.
package struct StoredSummary: Sendable, Equatable {
  package var text: String
  /// The place of the last turn that it tells of.
  package var through: Int64

  package init(text: String, through: Int64) {
    self.text = text
    self.through = through
  }
}

/// Why the store could not answer.
package enum StoreError: Error, Equatable {
  /// It is away for now.
  case unavailable
  /// It answered what it should not have.
  case broken(String)
}
