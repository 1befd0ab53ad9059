package import Conversation
package import Postgres

/// Reads all sessions of a site, or of a deployment, one after the other, in pages of bounded size: it takes as much
/// memory for a million as for a hundred. Each page is a snapshot of its own; what is said meanwhile may be in or not.
package struct Exporter: Sendable {
  /// What was read.
  package struct Tally: Sendable, Equatable {
    package var sessions = 0
    package var messages = 0

    package init(sessions: Int = 0, messages: Int = 0) {
      self.sessions = sessions
      self.messages = messages
    }
  }

  private let client: PostgresClient
  private static let sessionsAtOnce: Int64 = 50
  private static let messagesAtOnce: Int64 = 500
  private static let bytesAtOnce: Int64 = 1 << 20

  package init(_ client: PostgresClient) { self.client = client }

  /// - Parameters:
  ///   - site: its key; nil: all sites.
  ///   - session: only this one.
  ///   - take: given each record in its order: a session, and then its messages, oldest first.
  package func run(
    site: String? = nil, session: SessionID? = nil, _ take: (TransferRecord) async throws -> Void
  ) async throws -> Tally {
    var tally = Tally()
    var last: Int64 = 0
    while true {
      let rows = try await client.query(
        Statements.exportSessions,
        [
          .int8(last), site.map { .text($0) } ?? .null, session.map { .text($0.text) } ?? .null,
          .int8(Self.sessionsAtOnce),
        ])
      if rows.count == 0 { return tally }
      let keys = try (0..<rows.count).map { try rows.int($0, 0) }
      var messages = Messages(client: client, keys: keys)
      for (row, key) in keys.enumerated() {
        let session = try rows.transferSession(row)
        try await take(.session(session))
        tally.sessions += 1
        while let message = try await messages.next(of: key, session.id) {
          try await take(.message(message))
          tally.messages += 1
        }
      }
      last = keys[keys.count - 1]
    }
  }

  /// The messages of some sessions, read ahead by a page.
  private struct Messages {
    let client: PostgresClient
    let keys: [Int64]
    var page: PostgresRows?
    var row = 0
    var place: (session: Int64, version: Int64) = (0, 0)

    init(client: PostgresClient, keys: [Int64]) {
      self.client = client
      self.keys = keys
    }

    mutating func next(of key: Int64, _ session: SessionID) async throws -> TransferMessage? {
      if page.map({ row >= $0.count }) ?? true {
        page = try await client.query(
          Statements.exportMessages,
          [
            .int8s(keys), .int8(place.session), .int8(place.version), .int8(Exporter.messagesAtOnce),
            .int8(Exporter.bytesAtOnce),
          ])
        row = 0
      }
      guard let page, row < page.count, try page.int(row, 0) == key else { return nil }
      defer { row += 1 }
      var message = try page.message(row, from: 1)
      place = (key, message.createdVersion)
      // What is under way here is not there.
      if message.status == .streaming { message.status = .interrupted }
      let further = 1 + Statements.messageColumnCount
      message.usage?.cost = try page.cost(row, further + 2)
      return TransferMessage(
        session: session, message: message, createdAt: try page.timestamp(row, further + 1),
        comment: try page.optional(row, further, page.text))
    }
  }
}

extension PostgresRows {
  /// The columns of an amount and its currency.
  fileprivate func cost(_ row: Int, _ first: Int) throws -> Cost? {
    guard let picos = try optional(row, first, int), let currency = try optional(row, first + 1, text) else {
      return nil
    }
    return Cost(picos: picos, currency: currency)
  }

  fileprivate func transferSession(_ row: Int) throws -> TransferSession {
    guard let id = SessionID(try text(row, 1)) else {
      throw TransferError("the session \(try text(row, 1)) has an id that is none")
    }
    var session = TransferSession(
      id: id, site: try text(row, 2), agent: try text(row, 3), owner: try bytes(row, 4), version: try int(row, 10),
      context: try bytes(row, 14), metadata: try bytes(row, 15), status: try text(row, 16),
      messageCount: try int(row, 17), startedAt: try timestamp(row, 18), lastActivityAt: try timestamp(row, 19))
    session.visitor.name = try optional(row, 5, text)
    session.visitor.email = try optional(row, 6, text)
    session.visitor.locale = try optional(row, 7, text)
    session.visitor.page = try optional(row, 8, text)
    session.visitor.referrer = try optional(row, 9, text)
    session.title = try optional(row, 11, text)
    session.isTitleSet = try bool(row, 12)
    session.description = try optional(row, 13, text)
    session.endedAt = try optional(row, 20, timestamp)
    return session
  }
}
