import Glibc
import Log
import Testing

@Suite struct LoggerTests {
  @Test func text() throws {
    let line = try lines { log in
      log.info("started", ["port": 8080, "host": "127.0.0.1", "note": "two words", "empty": "", "sum": "a=b"])
    }
    let (time, rest) = try split(line)
    #expect(isTimestamp(time))
    #expect(rest == "info server: started port=8080 host=127.0.0.1 note=\"two words\" empty=\"\" sum=\"a=b\"")
  }

  @Test func json() throws {
    let line = try lines(.json) { log in
      log.warning("slow \"peer\"", ["port": 8080, "version": Int64(9), "ok": true, "host": "a\\b"])
    }
    let end =
      "\"level\":\"warning\",\"component\":\"server\",\"message\":\"slow \\\"peer\\\"\","
      + "\"port\":8080,\"version\":9,\"ok\":true,\"host\":\"a\\\\b\"}\n"
    #expect(line.hasPrefix("{\"time\":\"") && line.hasSuffix(end), "\(line)")
    #expect(isTimestamp(String(line.dropFirst(9).prefix(24))))
  }

  /// What could end a line, begin another field, or steer a terminal.
  static let hostile: [(text: String, escaped: String)] = [
    ("a\nb", #"a\nb"#), ("a\rb", #"a\u000db"#), ("a\u{0}b", #"a\u0000b"#), ("a\u{1B}[2Jb", #"a\u001b[2Jb"#),
    ("a\u{7F}b", #"a\u007fb"#), ("a\u{85}b", #"a\u0085b"#), ("a\u{9B}2Jb", #"a\u009b2Jb"#),
    ("a\u{2028}b", #"a\u2028b"#), ("a\u{2029}b", #"a\u2029b"#), ("a\" level=error", #"a\" level=error"#),
    ("a\"\n2026-01-01 error", #"a\"\n2026-01-01 error"#), (#"a="\"#, #"a=\"\\"#), ("a\r\nb", #"a\u000d\nb"#),
  ]

  @Test(arguments: hostile) func valuesStayInTheirPlace(_ value: (text: String, escaped: String)) throws {
    let text = try lines { $0.info("m", ["key": value.text, "next": 1]) }
    #expect(text.hasSuffix(" key=\"\(value.escaped)\" next=1\n"), "\(text)")
    #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
    let json = try lines(.json) { $0.info("m", ["key": value.text, "next": 1]) }
    #expect(json.hasSuffix(",\"key\":\"\(value.escaped)\",\"next\":1}\n"), "\(json)")
  }

  @Test(arguments: hostile) func messagesStayInTheirPlace(_ value: (text: String, escaped: String)) throws {
    let text = try lines { $0.info(value.text, ["next": 1]) }
    #expect(text.hasSuffix("server: \"\(value.escaped)\" next=1\n"), "\(text)")
  }

  @Test func textOfAllLanguagesIsLeftAlone() throws {
    let line = try lines { $0.info("grüße", ["name": "שלום👋🏽"]) }
    #expect(line.hasSuffix("server: grüße name=שלום👋🏽\n"))
  }

  @Test(arguments: zip([LogLevel.debug, .info, .warning, .error], [4, 3, 2, 1]))
  func levelDropsWhatIsBelow(_ level: LogLevel, _ count: Int) throws {
    let text = try lines(level: level) { log in
      log.debug("a")
      log.info("a")
      log.warning("a")
      log.error("a")
    }
    #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == count)
  }

  @Test func fieldsOfADroppedLineAreNotMade() throws {
    var made = 0
    func field() -> Int {
      made += 1
      return made
    }
    _ = try lines { $0.debug("a", ["n": field()]) }
    #expect(made == 0)
  }

  @Test func namedKeepsTheSettings() throws {
    let text = try lines(level: .error) { log in
      log.named("store").info("dropped")
      log.named("store").error("kept")
    }
    #expect(try split(text).rest == "error store: kept")
  }

  // MARK: Steps

  /// What a logger writes, read back through a pipe.
  private func lines(
    _ format: LogFormat = .text, level: LogLevel = .info, _ body: (Logger) -> Void
  ) throws -> String {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    body(Logger("server", level: level, format: format, descriptor: ends[1]))
    close(ends[1])
    defer { close(ends[0]) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &chunk, chunk.count)
      guard count > 0 else { break }
      text += chunk.prefix(count)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func split(_ line: String) throws -> (time: String, rest: String) {
    let space = try #require(line.firstIndex(of: " "))
    #expect(line.last == "\n")
    return (String(line[..<space]), String(line[line.index(after: space)...].dropLast()))
  }

  private func isTimestamp(_ text: String) -> Bool {
    let shape = text.map { $0.isNumber ? "0" : $0 }
    return String(shape) == "0000-00-00T00:00:00.000Z"
  }
}
