import Conversation
package import Postgres

/// Stores what was exported. Sessions that are there stay as they are, with their messages, so that the same file may come
/// again, or come again from the beginning after half of it: a session is seen when all of it is stored.
package struct Importer {
  /// What was stored, and what was there.
  package struct Tally: Sendable, Equatable {
    package var sessions = 0
    package var messages = 0
    /// Sessions that were there already.
    package var known = 0

    package init(sessions: Int = 0, messages: Int = 0, known: Int = 0) {
      self.sessions = sessions
      self.messages = messages
      self.known = known
    }
  }

  private let client: PostgresClient
  private var number = 0
  /// The session that is being read, with the number of its line.
  private var session: (record: TransferSession, line: Int)?
  private var messages: [TransferMessage] = []
  private var ids: Set<MessageID> = []
  private var places: Set<Int64> = []
  private var bytes = 0
  /// The key of the session where a part of it is stored already.
  private var begun: SessionKey?
  private var isKnown = false
  package private(set) var tally = Tally()

  /// So much of a session's content is held in memory; a longer one is stored in parts.
  private static let mostBytes = 4 << 20
  private static let mostMessages = 2000

  package init(_ client: PostgresClient) { self.client = client }

  /// Takes the next line, without its line feed.
  /// - Throws: a `TransferError` that names the line, or a `PostgresError`.
  package mutating func take(_ line: [UInt8]) async throws {
    number += 1
    if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
    switch try TransferRecord(line: line, number: number) {
    case .session(let session):
      try await storeSession()
      self.session = (session, number)
    case .message(let message): try await add(message)
    }
  }

  /// Stores what is left.
  package mutating func finish() async throws { try await storeSession() }

  private mutating func add(_ message: TransferMessage) async throws {
    guard let session, session.record.id == message.session else {
      throw TransferError(line: number, "a message of \(message.session) that is not behind its session")
    }
    let version = message.message.createdVersion
    guard message.message.version <= session.record.version else {
      throw TransferError(line: number, "version: beyond its session's")
    }
    guard ids.insert(message.message.id).inserted, places.insert(version).inserted else {
      throw TransferError(line: number, "a message that was there already, by its id or its place")
    }
    messages.append(message)
    bytes += message.message.content.count
    if bytes > Self.mostBytes || messages.count >= Self.mostMessages { try await storePart() }
  }

  private mutating func storeSession() async throws {
    guard session != nil else { return }
    try await storePart()
    if let begun {
      let key = PostgresValue.int8s([begun.rawValue])
      _ = try await client.transaction([(Statements.finishImport, [key]), (Statements.indexImported, [key])])
    }
    if isKnown { tally.known += 1 } else { tally.sessions += 1 }
    (session, begun, isKnown) = (nil, nil, false)
    (ids, places) = ([], [])
  }

  /// Stores the session, where that is not done, and the messages that are held.
  private mutating func storePart() async throws {
    guard let session else { return }
    defer { (messages, bytes) = ([], 0) }
    if isKnown { return }
    if begun == nil {
      let rows = try await client.query(Statements.importSessions, session.record.parameters)
      if rows.count == 0 {
        isKnown = true
        return
      }
      guard !rows.isNull(0, 1) else {
        throw TransferError(
          line: session.line,
          "there is no site \(session.record.site), or no agent \(session.record.agent): make them first")
      }
      begun = SessionKey(rawValue: try rows.int(0, 1))
    }
    guard let begun, !messages.isEmpty else { return }
    let rows = try await client.query(Statements.importMessages, Self.parameters(messages, of: begun))
    tally.messages += Int(try rows.int(0, 0))
  }
}

extension TransferSession {
  fileprivate var parameters: [PostgresValue] {
    [
      .texts([id.text]), .texts([site]), .texts([agent]), .byteas([owner]), .texts([visitor.name]),
      .texts([visitor.email]), .texts([visitor.locale]), .texts([visitor.page]), .texts([visitor.referrer]),
      .int8s([version]), .texts([title]), .bools([isTitleSet]), .texts([description]), .jsonbs([context]),
      .jsonbs([metadata]), .texts([status]), .int8s([messageCount]), .timestamptzs([startedAt]),
      .timestamptzs([lastActivityAt]), .timestamptzs([endedAt]),
    ]
  }
}

extension Importer {
  fileprivate static func parameters(_ messages: [TransferMessage], of session: SessionKey) -> [PostgresValue] {
    [
      .int8s(messages.map { _ in session.rawValue }), .uuids(messages.map(\.message.id.uuid)),
      .int8s(messages.map(\.message.createdVersion)), .int8s(messages.map(\.message.version)),
      .texts(messages.map(\.message.role.rawValue)), .texts(messages.map(\.message.status.rawValue)),
      .utf8s(messages.map(\.message.content)), .timestamptzs(messages.map(\.createdAt)),
      .uuids(messages.map(\.message.replyTo?.uuid)), .uuids(messages.map(\.message.replacedBy?.uuid)),
      .texts(messages.map(\.message.reason?.rawValue)), .texts(messages.map(\.message.error?.code)),
      .texts(messages.map(\.message.error?.message)), .jsonbs(messages.map { orNull($0.message.tools) }),
      .jsonbs(messages.map { orNull($0.message.citations) }), .int8s(messages.map(\.message.usage?.inputTokens)),
      .int8s(messages.map(\.message.usage?.outputTokens)), .int8s(messages.map(\.message.processingMilliseconds)),
      .texts(messages.map(\.message.feedback)), .texts(messages.map(\.comment)),
      .jsonbs(messages.map { orNull($0.message.metadata) }), .int8s(messages.map(\.message.ratedVersion)),
      .int8s(messages.map(\.message.usage?.storedCachedTokens)), .int8s(messages.map(\.message.usage?.cost?.picos)),
      .texts(messages.map(\.message.usage?.cost?.currency)), .jsonbs(messages.map { orNull($0.message.reasoning) }),
      .bools(messages.map(\.message.usage?.storedEstimate)),
    ]
  }

  private static func orNull(_ json: [UInt8]) -> [UInt8]? { json.isEmpty ? nil : json }
}
