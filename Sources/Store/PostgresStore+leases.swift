package import Conversation
import Log
import Postgres
import Reactor

/// Runs belong to a node for as long as it renews its lease.
extension PostgresStore {
  /// Keeps this node's runs.
  /// - Parameter isEnding: whether those stay as they are whose leases have run out, since others are to have them.
  package func renewLeases(isEnding: Bool = false) async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.renew, [.uuid(node), .int8(lease), .bool(isEnding)])
    }
  }

  /// Lets this node's runs go that it does not work on, and tells the others.
  /// - Parameter questions: whose runs it keeps.
  /// - Returns: how many it lets go.
  package func handOverRuns(except questions: [MessageID]) async throws(StoreError) -> Int {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.handOver, [.uuid(node), .uuids(questions.map(\.uuid))])
    }
    let count = try decoding { () throws(PostgresError) in Int(try rows.int(0, 0)) }
    if count > 0 { try await notify(NodeHint(node: node, matter: .released)) }
    return count
  }

  /// Lets this node's runs go, for another to take over at once.
  /// - Parameter isWhole: whether all that was shown of their answers is committed.
  package func releaseLeases(isWhole: Bool) async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.release, [.uuid(node), .bool(isWhole)])
    }
  }

  /// Takes over the runs of nodes that are gone. Such a node may be only slow: what it has begun to write of an answer
  /// before is waited for, and it can begin nothing more. Nothing is taken over after a time in which this node could not
  /// renew its own leases, as long as a lease lasts.
  /// - Returns: the sessions that they belong to.
  package func claimRuns() async throws(StoreError) -> [SessionID] {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.claim, [.uuid(node), .int8(lease)])
    }
    // Where nothing was begun, there is nothing that could be under way: a beginning locks its run's row.
    if rows.count > 0, let transaction = try? rows.int(0, 1), (try? rows.bool(0, 2)) != false {
      await settle(before: transaction)
    }
    return (0..<rows.count).compactMap { row in (try? rows.text(row, 0)).flatMap(SessionID.init) }
  }

  /// The sessions of which runs are this node's already. Where the answer to a claim was lost, nobody else knows of them.
  package func ownedRuns() async throws(StoreError) -> [SessionID] {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.owned, [.uuid(node)])
    }
    return (0..<rows.count).compactMap { row in (try? rows.text(row, 0)).flatMap(SessionID.init) }
  }

  /// Waits until every transaction has ended that may have seen whose the runs were before one, for 5 s at most. Such a
  /// one may have written nothing yet: first those statements are waited for, then all that has written by then.
  private func settle(before transaction: Int64) async {
    var bound: Int64?
    let deadline = loop.now + 5000
    while loop.now < deadline {
      if let rows = try? await reads.query(Statements.horizon, [.int8(transaction)]),
        let seesOld = try? rows.bool(0, 0), let oldest = try? rows.int(0, 1)
      {
        if let bound, oldest > bound { return }
        if bound == nil, !seesOld, let next = try? await reads.query(Statements.nextTransaction, []) {
          bound = try? next.int(0, 0)
          continue
        }
      }
      await loop.sleep(milliseconds: 20)
    }
    log.warning("runs are taken over while older transactions are under way")
  }
}
