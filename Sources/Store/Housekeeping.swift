package import Conversation
import JSONWire
package import Log
package import Postgres

/// What has to be done with stored sessions from time to time: they become inactive, what is kept no longer goes, and the
/// words of what was said are taken down for search. Each step is a small batch, so that nobody waits for it, and is done
/// by one node at a time.
package struct Housekeeping: Sendable {
  /// When what is done.
  package struct Rules: Sendable {
    /// After so many hours without activity a session becomes inactive; 0: never.
    package var inactiveHours: Int64 = 24
    /// So many days after its deletion a session is removed for good.
    package var purgeDays: Int64 = 30
    /// So many hours the answer of a request that may be sent again is kept.
    package var idempotencyHours: Int64 = 24

    package init() {}
  }

  /// How many sessions were changed, or would be.
  package struct Tally: Sendable, Equatable {
    package var inactive: Int64 = 0
    package var deleted: Int64 = 0
    package var purged: Int64 = 0

    package init() {}

    package var isEmpty: Bool { self == Tally() }
  }

  private let client: PostgresClient
  private let origin: AuditOrigin
  private let log: Logger
  /// Sessions that one batch changes at most.
  private static let batch: Int64 = 200

  /// - Parameter origin: who does it.
  package init(_ client: PostgresClient, by origin: AuditOrigin = AuditOrigin(.server), log: Logger) {
    self.client = client
    self.origin = origin
    self.log = log
  }

  /// One round of the life-cycle, to its end.
  /// - Parameters:
  ///   - now: in microseconds since 1970.
  ///   - pause: awaited between two batches.
  ///   - deleted: told the sessions that were deleted, so that those who read them can be told.
  /// - Returns: what was done; nil where it is another node's turn.
  package func round(
    _ rules: Rules, now: Int64, pause: () async -> Void = {}, deleted: ([SessionID]) async -> Void = { _ in }
  ) async throws(PostgresError) -> Tally? {
    var tally = Tally()
    if rules.inactiveHours > 0 {
      let since = now - rules.inactiveHours * 3_600_000_000
      while true {
        guard let rows = try await step(Statements.inactivate, [.timestamptz(since), .int8(Self.batch)]) else {
          return nil
        }
        let count = try rows.int(0, 0)
        tally.inactive += count
        if count < Self.batch { break }
        await pause()
      }
    }
    let note = AuditNote.parameters(.deleted, by: origin, details: JSONObject([("kept_no_longer", .bool(true))]))
    while true {
      guard let rows = try await step(Statements.expire, [.int8(Self.batch)] + note) else { return nil }
      var ids: [SessionID] = []
      for row in 0..<rows.count { if let id = SessionID(try rows.text(row, 0)) { ids.append(id) } }
      tally.deleted += Int64(ids.count)
      if !ids.isEmpty { await deleted(ids) }
      if rows.count < Self.batch { break }
      await pause()
    }
    guard try await step(Statements.sweepChunks, []) != nil else { return nil }
    for statement in [Statements.forgetEndedUsers, Statements.forgetUsage] {
      guard try await step(statement, []) != nil else { return nil }
    }
    while true {
      guard let rows = try await step(Statements.forgetRepeats, [.int8(rules.idempotencyHours), .int8(Self.batch)])
      else { return nil }
      if try rows.int(0, 0) < Self.batch { break }
      await pause()
    }
    let since = now - rules.purgeDays * 86_400_000_000
    while true {
      // Their messages go too.
      guard let rows = try await step(Statements.purgeOld, [.timestamptz(since), .int8(Self.batch / 10)]) else {
        return nil
      }
      let count = try rows.int(0, 0)
      tally.purged += count
      if count < Self.batch / 10 { break }
      await pause()
    }
    return tally
  }

  /// What a round would do now.
  /// - Parameter now: as above.
  package func due(_ rules: Rules, now: Int64) async throws(PostgresError) -> Tally {
    let since = rules.inactiveHours > 0 ? now - rules.inactiveHours * 3_600_000_000 : 0
    let rows = try await client.query(
      Statements.due, [.timestamptz(since), .timestamptz(now - rules.purgeDays * 86_400_000_000)])
    var tally = Tally()
    (tally.inactive, tally.deleted, tally.purged) = (try rows.int(0, 0), try rows.int(0, 1), try rows.int(0, 2))
    return tally
  }

  /// A batch, where it is this node's turn.
  private func step(
    _ statement: PostgresStatement, _ parameters: [PostgresValue]
  ) async throws(PostgresError) -> PostgresRows? {
    do throws(PostgresError) {
      return try await client.transaction([(Statements.takeTurn, [.int4(2)]), (statement, parameters)])[1]
    } catch {
      if error.step == 0, error.sqlstate == "22012" { return nil }
      throw error
    }
  }

  // MARK: Search

  /// Where a pass over the sessions has come to.
  package struct SearchPosition: Sendable, Equatable {
    /// The last session that was looked at.
    var slot: Int64
    var id: Int64
    /// Before which slot nobody lacks anything when the pass ends.
    var mark: Int64
  }

  /// A step of a pass over those sessions that may lack words: some are looked at, and what a few of them lack is taken
  /// down, so that no step takes long.
  /// - Parameters:
  ///   - position: what the step before has returned; nil begins a pass.
  ///   - looks: how many sessions are looked at.
  ///   - most: of how many the words are taken down.
  ///   - now: as above.
  /// - Returns: of how many sessions words were taken down, and where to go on; nil where the pass has ended, or somebody
  ///   else has the turn.
  package func takeDown(
    from position: SearchPosition?, looks: Int64, most: Int64, now: Int64
  ) async throws(PostgresError) -> (count: Int64, next: SearchPosition?) {
    let rows = try await client.query(
      Statements.takeDown,
      [
        .int8(most), .int8(looks), position.map { .int8($0.slot) } ?? .null, position.map { .int8($0.id) } ?? .null,
      ])
    let count = try rows.int(0, 0)
    guard try rows.bool(0, 1) else { return (count, nil) }
    // From 2000 on, as in the table. What happens in these minutes may be stored late.
    let mark = position?.mark ?? (now / 1_000_000 - 946_684_800) / 600 - 2
    if let slot = try rows.optional(0, 2, rows.int), let id = try rows.optional(0, 3, rows.int) {
      return (count, SearchPosition(slot: slot, id: id, mark: mark))
    }
    _ = try await client.query(Statements.moveMark, [.int8(mark)])
    return (count, nil)
  }
}
