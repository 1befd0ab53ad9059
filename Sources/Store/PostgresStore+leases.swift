package import Conversation
import Postgres

/// Runs belong to a node for as long as it renews its lease.
extension PostgresStore {
  /// Keeps this node's runs.
  package func renewLeases() async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.renew, [.uuid(node), .int8(Self.leaseMilliseconds)])
    }
  }

  /// Lets this node's runs go, for another to take over at once.
  package func releaseLeases() async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.release, [.uuid(node)])
    }
  }

  /// Takes over the runs of nodes that are gone.
  /// - Returns: the sessions that they belong to.
  package func claimRuns() async throws(StoreError) -> [SessionID] {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.claim, [.uuid(node), .int8(Self.leaseMilliseconds)])
    }
    return (0..<rows.count).compactMap { row in (try? rows.text(row, 0)).flatMap(SessionID.init) }
  }
}
