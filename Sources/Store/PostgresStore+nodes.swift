package import Conversation
import Postgres

/// The servers that share the database, and what they tell each other.
extension PostgresStore {
  /// Where hints come, by `LISTEN`.
  package static let channel = "skein"

  /// Notes that this node lives.
  /// - Parameters:
  ///   - address: where it listens.
  ///   - connections: how many it has.
  ///   - sessions: how many it has in memory.
  /// - Returns: how many others live: those that were heard of within the time of a lease.
  package func beat(address: String, connections: Int, sessions: Int) async throws(StoreError) -> Int {
    let rows = try await asking { () async throws(PostgresError) in
      do throws(PostgresError) {
        let rows = try await reads.query(
          Statements.beat,
          [
            .uuid(node), .text(address), .int8(Int64(connections)), .int8(Int64(sessions)),
            .int8(lease),
          ])
        writability.beat(isRefused: false)
        return rows
      } catch {
        if error.refusesWrites { writability.beat(isRefused: true) }
        throw error
      }
    }
    return try decoding { () throws(PostgresError) in Int(try rows.int(0, 0)) }
  }

  /// Takes this node from the list.
  package func leave() async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in try await reads.query(Statements.leave, [.uuid(node)]) }
  }

  /// Tells all nodes something, this one too.
  /// - Parameter hint: at most 7,999 bytes.
  package func notify(_ hint: NodeHint) async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.notify, [.text(hint.text)])
    }
  }

  package func announce(_ sessions: [SessionID]) async throws(StoreError) {
    try await notify(NodeHint(node: node, matter: .sessions(sessions)))
  }

  package func announce(typing sessions: [SessionID], isActive: Bool) async throws(StoreError) {
    var rest = sessions[...]
    while !rest.isEmpty {
      try await notify(
        NodeHint(node: node, matter: .typing(Array(rest.prefix(NodeHint.mostSessions)), isActive: isActive)))
      rest = rest.dropFirst(NodeHint.mostSessions)
    }
  }

  package func changed(among sessions: [(SessionKey, Int64)]) async throws(StoreError) -> [Int] {
    let parameters: [PostgresValue] = [
      .int8s(sessions.map(\.0.rawValue)), .int8s(sessions.map(\.1)), .uuid(node),
    ]
    let rows = try await read(Statements.changedSessions, parameters)
    return try decoding { () throws(PostgresError) in
      try (0..<rows.count).map { row throws(PostgresError) in Int(try rows.int(row, 0)) - 1 }
    }
  }
}
