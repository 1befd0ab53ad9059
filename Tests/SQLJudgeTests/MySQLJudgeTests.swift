import SQLSamples
import SeededRandom
import Testing

@testable import SQLJudge

/// What is run on a MySQL, and what is not.
@Suite struct MySQLJudgeTests {
  @Test func hostileStatementsAreRefused() {
    let statements = MySQLHostileStatements.all
    #expect(Set(statements).count >= 3000)
    for statement in statements { #expect(MySQLJudge.judge(statement).statement == nil, "\(statement)") }
  }

  @Test func ordinaryQueriesPass() {
    #expect(Set(MySQLOrdinaryQueries.all).count >= 100)
    for query in MySQLOrdinaryQueries.all { #expect(MySQLJudge.judge(query).refusal == nil, "\(query)") }
  }

  /// What comes out is read as what went in, and has no comment left: whoever reads it again, reads the same.
  @Test func whatIsAllowedStaysTheSame() throws {
    var random = SeededGenerator("mysql")
    let noise = ["/* x */", "-- x\n", "# x\n", " ", "\n", "\t", "/**/"]
    for query in MySQLOrdinaryQueries.all {
      let tokens = try MySQLTokenizer.tokens(of: query)
      var text = ""
      for token in tokens {
        if !token.space.isEmpty || text.isEmpty {
          text += noise.randomElement(using: &random) ?? ""
          if text.last != "/" { text += " " }
        }
        text += token.text
      }
      let statement = try #require(MySQLJudge.judge(text).statement, "\(text)")
      let again = try MySQLTokenizer.tokens(of: statement.text)
      #expect(again.map(\.text) == tokens.map(\.text).filter { $0 != ";" }, "\(text)")
      #expect(again.allSatisfy { $0.space.allSatisfy(\.isWhitespace) })
      #expect(MySQLJudge.judge(statement.text).statement == statement)
    }
  }

  /// A call of whatever name is refused unless the name is listed.
  @Test func unknownNamesAreRefused() {
    var random = SeededGenerator("mysql names")
    let letters = Array("abcdefghijklmnopqrstuvwxyz_")
    for _ in 0..<1000 {
      let name = "x" + String((0..<8).map { _ in letters.randomElement(using: &random) ?? "a" })
      for place in MySQLHostileStatements.places.prefix(4) {
        let text = MySQLHostileStatements.call(name, in: place)
        #expect(MySQLJudge.judge(text).statement == nil, "\(text)")
      }
    }
  }

  /// Never is a mixture of a query and something else allowed.
  @Test func mixturesAreRefused() {
    var random = SeededGenerator("mysql mixtures")
    for _ in 0..<3000 {
      let query =
        MySQLOrdinaryQueries.queries.filter { !$0.contains("# the end") }.randomElement(using: &random) ?? ""
      let write = MySQLHostileStatements.writes.randomElement(using: &random) ?? ""
      let glue = [";", "; ", ";-- \n", ";/**/", "\n;\n", ";;", "; ROLLBACK; "].randomElement(
        using: &random)
      let text = Bool.random(using: &random) ? query + (glue ?? "") + write : write + (glue ?? "") + query
      #expect(MySQLJudge.judge(text).statement == nil, "\(text)")
    }
  }

  /// Statements with bytes changed are answered without harm.
  @Test func nothingBringsItDown() {
    var random = SeededGenerator("mysql changes")
    let texts = MySQLOrdinaryQueries.all + MySQLHostileStatements.reads
    for _ in 0..<5000 {
      var bytes = Array((texts.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let place = bytes.indices.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: Array("();'\"`/*-#!\\".utf8).shuffled(using: &random).prefix(2), at: place)
        }
      }
      let verdict = MySQLJudge.judge(String(decoding: bytes, as: UTF8.self))
      #expect((verdict.statement == nil) != (verdict.refusal == nil))
    }
  }

  @Test func refusalsSayWhy() {
    let reasons: [(String, SQLRefusal.Code)] = [
      ("SELECT 1; SELECT 2", .notOne), ("", .notOne), ("SELECT SLEEP(1)", .notAllowed), ("DELETE FROM x", .notAllowed),
      (String(repeating: "x", count: 20_001), .tooLarge), ("SELECT '\0'", .syntax), ("SELECT 'a", .syntax),
      ("SELECT " + String(repeating: "(", count: 101) + "1" + String(repeating: ")", count: 101), .tooLarge),
    ]
    for (text, code) in reasons { #expect(MySQLJudge.judge(text).refusal?.code == code, "\(text.prefix(40))") }
    #expect(MySQLJudge.judge("SELECT sleep(1)").refusal?.message == "The function sleep is not allowed.")
    #expect(MySQLJudge.judge("SELECT * FROM a JOIN b.c").statement?.tables == ["a", "b.c"])
  }
}
