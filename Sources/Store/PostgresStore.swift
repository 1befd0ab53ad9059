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
  let writability: Writability
  /// How long a run stays its node's without being renewed, in milliseconds.
  let lease: Int64

  /// - Parameters:
  ///   - reads: for everything that is asked.
  ///   - journal: a lane of its own for what is committed.
  ///   - writability: what the node's stores know in common.
  ///   - loop: the loop on which the store is used.
  ///   - lease: how long a run stays its node's without being renewed, in milliseconds; one for all nodes.
  package init(
    node: UUIDValue, reads: PostgresClient, journal: PostgresClient, writability: Writability = Writability(),
    loop: EventLoop, lease: Int64 = 6000, log: Logger
  ) {
    self.node = node
    self.reads = reads
    self.journal = journal
    self.loop = loop
    self.lease = lease
    self.log = log
    self.writability = writability
  }

  package var isAvailable: Bool { reads.isAvailable && journal.isAvailable }

  package var takesChanges: Bool { isAvailable && writability.isGiven }

  package func page(_ request: PageRequest) async throws(StoreError) -> Page {
    let rows = try await read(Statements.pages, Self.parameters([request]))
    return try decoding { () throws(PostgresError) in try rows.page(request, rows: Array(0..<rows.count)) }
  }

  package func news(_ request: NewsRequest) async throws(StoreError) -> SessionNews? {
    let parameters: [PostgresValue] = [
      .int8(request.session.rawValue), .uuid(node), .int8(request.since), .int8(Int64(NewsRequest.mostMessages + 1)),
      request.answer.map { .uuid($0.uuid) } ?? .null, .int8(Int64(request.offset)),
    ]
    let rows = try await read(Statements.news, parameters)
    guard rows.count > 0 else { return nil }
    return try decoding { () throws(PostgresError) in try rows.news(request) }
  }

  package func turns(
    of session: SessionKey, before question: MessageID, limit: Int
  ) async throws(StoreError) -> [StoredTurn] {
    let rows = try await read(
      Statements.turns, [.int8(session.rawValue), .uuid(question.uuid), .int8(Int64(limit))])
    return try decoding { () throws(PostgresError) in
      try (0..<rows.count).reversed().map { row throws(PostgresError) in
        StoredTurn(
          role: try rows.role(row, 0), content: try rows.bytes(row, 1), place: try rows.int(row, 2))
      }
    }
  }

  /// Reads by keys, whatever the planner believes of the tables.
  func read(
    _ statement: PostgresStatement, _ parameters: [PostgresValue]
  ) async throws(StoreError) -> PostgresRows {
    try await asking { () async throws(PostgresError) in
      try await reads.transaction([(Statements.readSettings, []), (statement, parameters)])[1]
    }
  }

  func asking<Value>(
    _ body: () async throws(PostgresError) -> Value
  ) async throws(StoreError) -> Value {
    do {
      return try await body()
    } catch {
      throw error.asStoreError(log)
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

extension PostgresError {
  /// As whoever reads is told.
  func asStoreError(_ log: Logger) -> StoreError {
    if isRetryable || isConnectionFailure || kind == .tooBusy { return .unavailable }
    log.error("a read failed", ["error": self])
    return .broken(message)
  }
}

extension MessageID {
  /// As a parameter of a statement.
  package var uuid: UUIDValue { UUIDValue(high: high, low: low) }

  init(_ uuid: UUIDValue) { self.init(high: uuid.high, low: uuid.low) }
}
