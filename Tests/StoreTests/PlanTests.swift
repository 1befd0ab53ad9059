@testable import Conversation
import Foundation
import Postgres
import SkeinTestKit
@testable import Store
import Testing

/// Whatever the planner believes of the tables, rows are found by their keys: a plan is made once, and outlasts what was
/// true when it was made. A table that was analyzed while it was empty is read whole for each row of a group otherwise.
@Suite struct PlanTests {
  enum Belief: CaseIterable {
    case nothing, empty, few
  }

  /// The tables that grow with the conversations.
  private static let growing: Set<String> = [
    "sessions", "messages", "runs", "message_chunks", "visitors", "tickets", "answer_steps", "tool_decisions",
    "session_summaries",
  ]

  private static let changes: [(String, PostgresStatement)] = [
    ("create", Statements.create), ("accept", Statements.accept), ("begin", Statements.begin),
    ("grow", Statements.grow), ("growAgain", Statements.growAgain), ("complete", Statements.complete),
    ("retry", Statements.retry), ("update", Statements.update), ("rate", Statements.rate),
    ("stop", Statements.stop), ("drop", Statements.drop), ("delete", Statements.delete), ("lock", Statements.lock),
    ("note", Statements.note), ("decide", Statements.decide), ("keep", Statements.keep),
    ("forgetSteps", Statements.forgetSteps),
  ]
  private static let reads: [(String, PostgresStatement)] = [
    ("sessions", Statements.sessions), ("runs", Statements.runs), ("pages", Statements.pages),
    ("news", Statements.news), ("turns", Statements.turns), ("steps", Statements.steps),
    ("standing", Statements.standing), ("changedSessions", Statements.changedSessions), ("owner", Statements.owner),
    ("summary", Statements.summary),
  ]

  /// What the store asks and is not explained here.
  private static let others: Set<String> = [
    // They read no table.
    "settings", "readSettings", "undo", "notify", "nextTransaction", "horizon",
    // All runs of a node: few at a time, and an index by node would hold every run that ended lately.
    "renew", "release", "handOver", "claim", "owned",
    // Nodes are few.
    "beat", "leave",
    // Seldom, one row each.
    "keepSummary", "issueTicket", "useTicket", "merge", "purge", "forget",
  ]

  /// Every statement that the journal and the store ask is explained, or named as one that need not be.
  @Test func noStatementIsForgotten() throws {
    let folder = TestServer.projectFolder + "/Sources/Store/"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0 == "GroupBatch.swift" || $0.hasPrefix("PostgresStore") && $0.hasSuffix(".swift")
    }
    var asked: Set<String> = []
    for file in files {
      let text = String(decoding: try Data(contentsOf: URL(filePath: folder + file)), as: UTF8.self)
      asked.formUnion(text.matches(of: /Statements\.(\w+)/).map { String($0.output.1) })
    }
    let explained = Set((Self.changes + Self.reads).map(\.0))
    #expect(asked.subtracting(explained).subtracting(Self.others) == [], "not explained")
    #expect(explained.union(Self.others).subtracting(asked) == [], "asked by nobody")
    #expect(explained.isDisjoint(with: Self.others))
  }

  @Test(arguments: Belief.allCases) func rowsAreFoundByTheirKeys(_ belief: Belief) async throws {
    let fixture = try await StoreFixture()
    if belief == .few {
      let store = try fixture.node()
      for _ in 0..<3 {
        let session = try await fixture.session(store)
        _ = await store.commit(Group(changes: [accept(session.key, randomMessage())]))
      }
    }
    if belief != .nothing { _ = try await fixture.client.query("VACUUM ANALYZE") }
    for (settings, statements) in [(Statements.settings, Self.changes), (Statements.readSettings, Self.reads)] {
      for (name, statement) in statements {
        let plan = try await Self.plan(of: statement, under: settings, fixture)
        #expect(Self.wholeReads(plan).isEmpty, "\(name), \(belief):\n\(plan.joined(separator: "\n"))")
        #expect(plan.contains { $0.contains("Index Cond") }, "\(name), \(belief)")
      }
    }
  }

  /// The lines of a plan that read one of the growing tables without a key.
  private static func wholeReads(_ plan: [String]) -> [String] {
    plan.enumerated().compactMap { number, line in
      let words = line.split(separator: " ")
      guard let on = words.firstIndex(of: "on"), words[..<on].contains("Scan"), on + 1 < words.count,
        growing.contains(String(words[on + 1]))
      else { return nil }
      let details = plan[(number + 1)...].prefix { !$0.contains("->") }
      // A bitmap is made by an index, and what it finds is checked once more.
      return details.contains { $0.contains("Index Cond") || $0.contains("Recheck Cond") } ? nil : line
    }
  }

  private static func plan(
    of statement: PostgresStatement, under settings: PostgresStatement, _ fixture: StoreFixture
  ) async throws -> [String] {
    let parameters = (1...30).prefix { statement.sql.contains("$\($0)") }.count
    let nulls = Array(repeating: "NULL", count: parameters).joined(separator: ", ")
    func step(_ sql: String) -> (PostgresStatement, [PostgresValue]) { (PostgresStatement(sql, prepared: false), []) }
    let results = try await fixture.client.transaction([
      (settings, []), step("PREPARE planned AS \(statement.sql)"), step("EXPLAIN EXECUTE planned(\(nulls))"),
      step("DEALLOCATE planned"),
    ])
    return try (0..<results[2].count).map { try results[2].text($0, 0) }
  }
}
