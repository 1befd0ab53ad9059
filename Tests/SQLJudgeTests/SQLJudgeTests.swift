import SQLSamples
import SeededRandom
import Testing

@testable import SQLJudge

/// What is run, and what is not.
@Suite struct SQLJudgeTests {
  @Test func hostileStatementsAreRefused() async {
    let statements = HostileStatements.all
    #expect(Set(statements).count >= 2000)
    for statement in statements {
      #expect(await SQLJudge.judge(statement).statement == nil, "\(statement)")
    }
  }

  @Test func ordinaryQueriesPass() async {
    #expect(Set(OrdinaryQueries.all).count >= 200)
    for query in OrdinaryQueries.all {
      #expect(await SQLJudge.judge(query).refusal == nil, "\(query)")
    }
  }

  /// Whatever is put before, behind or into an ordinary query: never are there two statements, nor one that writes.
  @Test func mixturesAreRefused() async {
    var random = SeededGenerator("mixtures")
    for _ in 0..<3000 {
      // What stands behind a comment that does not end is nothing.
      let query = OrdinaryQueries.queries.filter { !$0.contains("-- the end") }.randomElement(using: &random) ?? ""
      let write = HostileStatements.writes.randomElement(using: &random) ?? ""
      let glue = [";", "; ", ";--\n", ";/**/", "\n;\n", ";;", "; ROLLBACK; ", "; COMMIT; "].randomElement(
        using: &random)
      let text = Bool.random(using: &random) ? query + (glue ?? "") + write : write + (glue ?? "") + query
      #expect(await SQLJudge.judge(text).statement == nil, "\(text)")
    }
  }

  /// A call of whatever name is refused unless the name is listed, so that new versions of PostgreSQL bring no hole.
  @Test func unknownNamesAreRefused() async {
    var random = SeededGenerator("names")
    let letters = Array("abcdefghijklmnopqrstuvwxyz_")
    for _ in 0..<1000 {
      let name =
        "x"
        + String((0..<Int.random(in: 2...20, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
      #expect(await SQLJudge.judge("SELECT \(name)(1)").statement == nil, "\(name)")
    }
  }

  /// Bytes at random, and statements with bytes changed, are answered without harm.
  @Test func nothingBringsItDown() async {
    var random = SeededGenerator("changes")
    let texts = OrdinaryQueries.all + HostileStatements.reads
    for _ in 0..<3000 {
      var bytes = Array((texts.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let place = bytes.indices.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: Array("();'\"$/*-".utf8).shuffled(using: &random).prefix(2), at: place)
        }
      }
      let verdict = await SQLJudge.judge(String(decoding: bytes, as: UTF8.self))
      #expect((verdict.statement == nil) != (verdict.refusal == nil))
    }
  }

  /// Deep and long texts, as far as they are read: neither the parser's stack nor ours ends.
  @Test(arguments: [
    ("(", "1", ")"), ("SELECT (", "1", ")"), ("NOT ", "true", ""), ("- ", "1", ""), ("1+", "1", ""), ("1||", "1", ""),
    ("ARRAY[", "1", "]"), ("f(", "1", ")"), ("lower(", "'a'", ")"), ("CASE WHEN true THEN ", "1", " END"),
    ("(SELECT ", "1", ")"), ("1 IN (", "1", ")"), ("coalesce(1,", "1", ")"), ("a.", "a", ""), ("1::int::", "int", ""),
  ])
  func deepTextsAreAnswered(parts: (open: String, middle: String, close: String)) async {
    for count in [10, 100, 1000, 5000, 20_000] {
      let text =
        "SELECT " + String(repeating: parts.open, count: count) + parts.middle
        + String(repeating: parts.close, count: count)
      let verdict = await SQLJudge.judge(text)
      if text.utf8.count > SQLJudge.longest { #expect(verdict.statement == nil) }
    }
  }

  @Test func wholeStatementsAreTakenOut() async throws {
    let statement = try #require(await SQLJudge.judge(" -- é\n SELECT 'ü' AS a ; ").statement)
    #expect(statement.text.hasSuffix("SELECT 'ü' AS a") && statement.kind == .query)
    #expect(await SQLJudge.judge("EXPLAIN SELECT 1").statement?.kind == .explain)
    #expect(await SQLJudge.judge("SHOW timezone").statement?.kind == .show)
  }

  @Test func tablesAreTold() async throws {
    let query = "WITH x AS (SELECT * FROM a) SELECT * FROM x, b.c, a JOIN d ON EXISTS (SELECT FROM e)"
    #expect(Set(try #require(await SQLJudge.judge(query).statement).tables) == ["a", "b.c", "d", "e"])
  }

  @Test func refusalsSayWhy() async {
    let reasons: [(String, SQLRefusal.Code)] = [
      ("SELECT 1; SELECT 2", .notOne), ("", .notOne), ("SELEC", .syntax), ("SELECT pg_sleep(1)", .notAllowed),
      ("DELETE FROM x", .notAllowed), (String(repeating: "x", count: 20_001), .tooLarge), ("SELECT '\0'", .syntax),
    ]
    for (text, code) in reasons { #expect(await SQLJudge.judge(text).refusal?.code == code, "\(text.prefix(40))") }
    #expect(await SQLJudge.judge("SELECT pg_sleep(1)").refusal?.message == "The function pg_sleep is not allowed.")
  }

  @Test func manyAtOnceAreAnswered() async {
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<150 { group.addTask { await SQLJudge.judge("SELECT \(number)").statement != nil } }
      for await isAllowed in group { #expect(isAllowed) }
    }
  }
}
