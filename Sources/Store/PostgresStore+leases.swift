package import Conversation
import Log
import Postgres
import Reactor

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

  /// Takes over the runs of nodes that are gone. Such a node may be only slow: what it has begun to write before is
  /// waited for, and it can begin nothing more.
  /// - Returns: the sessions that they belong to.
  package func claimRuns() async throws(StoreError) -> [SessionID] {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.claim, [.uuid(node), .int8(Self.leaseMilliseconds)])
    }
    if rows.count > 0, let transaction = try? rows.int(0, 1) { await settle(before: transaction) }
    return (0..<rows.count).compactMap { row in (try? rows.text(row, 0)).flatMap(SessionID.init) }
  }

  /// Waits until every transaction that began before one has ended, for 5 s at most.
  private func settle(before transaction: Int64) async {
    let deadline = loop.now + 5000
    while loop.now < deadline {
      let rows = try? await reads.query(Statements.isSettled, [.int8(transaction)])
      if let rows, (try? rows.bool(0, 0)) ?? false { return }
      await loop.sleep(milliseconds: 20)
    }
    log.warning("runs are taken over while older transactions are under way")
  }
}
