package import Conversation
package import Log
package import Postgres
package import Reactor

/// The conversation in PostgreSQL.
package struct PostgresStore: ConversationStore {
  /// This process among all that serve the same database: whose runs are whose.
  package let node: UUIDValue
  let reads: PostgresClient
  let journal: PostgresClient
  let loop: EventLoop
  let log: Logger

  /// How long a run stays its node's without being renewed, in milliseconds.
  package static let leaseMilliseconds: Int64 = 6000

  /// - Parameters:
  ///   - reads: for everything that is asked.
  ///   - journal: a lane of its own for what is committed.
  ///   - loop: the loop on which the store is used.
  package init(node: UUIDValue, reads: PostgresClient, journal: PostgresClient, loop: EventLoop, log: Logger) {
    self.node = node
    self.reads = reads
    self.journal = journal
    self.loop = loop
    self.log = log
  }

  package var isAvailable: Bool { reads.isAvailable && journal.isAvailable }

  package func open(_ request: PageRequest) async throws(StoreError) -> (SessionRecord, Page)? {
    let id = PostgresValue.text(request.session.text)
    let results = try await asking {
      () async throws(PostgresError) in
      try await reads.transaction([
        (Statements.readSettings, []), (Statements.session, [id]), (Statements.runs, [id, .uuid(node)]),
        Self.step(request),
      ])
    }
    guard results[1].count > 0 else { return nil }
    return try decoding { () throws(PostgresError) in
      var record = try results[1].sessionRecord(id: request.session)
      record.runs = try (0..<results[2].count).map { row throws(PostgresError) in try results[2].run(row) }
      return (record, try results[3].page(request))
    }
  }

  package func page(_ request: PageRequest) async throws(StoreError) -> Page {
    let (statement, parameters) = Self.step(request)
    let rows = try await asking { () async throws(PostgresError) in try await reads.query(statement, parameters) }
    return try decoding { () throws(PostgresError) in try rows.page(request) }
  }

  package func news(_ request: NewsRequest) async throws(StoreError) -> SessionNews? {
    let parameters: [PostgresValue] = [
      .int8(request.session.rawValue), .uuid(node), .int8(request.since), .int8(Int64(NewsRequest.mostMessages + 1)),
      request.answer.map { .uuid($0.uuid) } ?? .null, .int8(Int64(request.offset)),
    ]
    let results = try await asking { () async throws(PostgresError) in
      try await reads.transaction([(Statements.readSettings, []), (Statements.news, parameters)])
    }
    guard results[1].count > 0 else { return nil }
    return try decoding { () throws(PostgresError) in try results[1].news(request) }
  }

  package func turns(
    of session: SessionKey, before question: MessageID, limit: Int
  ) async throws(StoreError) -> [StoredTurn] {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(
        Statements.turns, [.int8(session.rawValue), .uuid(question.uuid), .int8(Int64(limit))])
    }
    return try decoding { () throws(PostgresError) in
      try (0..<rows.count).reversed().map { row throws(PostgresError) in
        StoredTurn(role: try rows.role(row, 0), content: try rows.bytes(row, 1))
      }
    }
  }

  private static func step(_ request: PageRequest) -> (PostgresStatement, [PostgresValue]) {
    let id = PostgresValue.text(request.session.text)
    // One more than is wanted tells whether there are more.
    let limit = PostgresValue.int8(Int64(request.limit + 1))
    if let since = request.since { return (Statements.changed, [id, .int8(since), limit]) }
    return (Statements.latest, [id, .int8(request.before ?? .max), limit])
  }

  func asking<Value>(
    _ body: () async throws(PostgresError) -> Value
  ) async throws(StoreError) -> Value {
    do {
      return try await body()
    } catch {
      if error.isRetryable || error.isConnectionFailure || error.kind == .tooBusy { throw .unavailable }
      log.error("a read failed", ["error": error])
      throw .broken(error.message)
    }
  }

  func decoding<Value>(_ body: () throws(PostgresError) -> Value) throws(StoreError) -> Value {
    do {
      return try body()
    } catch {
      log.error("a row can't be read", ["error": error])
      throw .broken(error.message)
    }
  }
}

extension MessageID {
  var uuid: UUIDValue { UUIDValue(high: high, low: low) }

  init(_ uuid: UUIDValue) { self.init(high: uuid.high, low: uuid.low) }
}
