import HTTPWire
import SeededRandom
import Testing

/// Server-sent events: the examples of the specification, the faults of the field, and random cuts.
@Suite struct EventStreamParserTests {
  static let cases: [(name: String, stream: String, events: [EventStreamEvent])] = [
    ("lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]),
    (
      "a comment", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n",
      [
        event("first event"), event("second event"),
      ]
    ),
    ("only one space goes", "data:  third event\n\n", [event(" third event")]),
    ("empty data", "data\n\ndata\ndata\n\ndata:\n\n", [event(""), event("\n"), event("")]),
    ("a space or none", "data:test\n\ndata: test\n\n", [event("test"), event("test")]),
    ("CR LF", "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", [event("1", "a"), event("2")]),
    ("CR", "event: a\rdata: 1\r\rdata: 2\r\r", [event("1", "a"), event("2")]),
    ("all of them", "data: 1\r\ndata: 2\rdata: 3\n\r\n", [event("1\n2\n3")]),
    ("a mark", "\u{FEFF}data: 1\n\n", [event("1")]),
    ("a second mark is none", "\u{FEFF}\u{FEFF}data: 1\n\n", []),
    ("letters of several bytes", "data: é 漢 👋🏽\n\n", [event("é 漢 👋🏽")]),
    ("no data, no event", "event: ping\n\ndata: 1\n\n", [event("1")]),
    ("a line without a colon is a name", "data: 1\nnonsense\n\n", [event("1")]),
    ("colons in data", "data: {\"a\":1}\n\n", [event("{\"a\":1}")]),
    ("what has no end is none", "data: 1\n\ndata: 2\n", [event("1")]),
  ]

  static func event(_ data: String, _ type: String = "message") -> EventStreamEvent {
    EventStreamEvent(type: type, data: Array(data.utf8))
  }

  @Test(arguments: cases.indices) func aStreamIsReadAsSpecified(_ index: Int) throws {
    let (name, stream, expected) = Self.cases[index]
    let bytes = Array(stream.utf8)
    var parser = EventStreamParser()
    var events: [EventStreamEvent] = []
    try parser.parse(bytes, into: &events)
    #expect(events == expected, "\(name)")
    // A cut at each place.
    for cut in 0...bytes.count {
      var parser = EventStreamParser()
      var events: [EventStreamEvent] = []
      try parser.parse(Array(bytes[..<cut]), into: &events)
      try parser.parse(Array(bytes[cut...]), into: &events)
      #expect(events == expected, "\(name), cut at \(cut)")
    }
  }

  @Test func randomCutsChangeNothing() throws {
    var random = SeededGenerator("EventStreamParserTests.randomCutsChangeNothing")
    let ends = ["\n", "\r\n", "\r"]
    let texts = ["", "x", "é漢👋🏽", " a: b", "\u{FEFF}", String(repeating: "long ", count: 50)]
    for _ in 0..<500 {
      // A CR before a line that begins with a LF would be one end.
      let end = ends.randomElement(using: &random) ?? "\n"
      var stream = Bool.random(using: &random) ? "\u{FEFF}" : ""
      var expected: [EventStreamEvent] = []
      for _ in 0..<Int.random(in: 1..<8, using: &random) {
        let lines = (0..<Int.random(in: 1..<4, using: &random)).map { _ in texts.randomElement(using: &random) ?? "" }
        let type = Bool.random(using: &random) ? "delta" : ""
        if !type.isEmpty { stream += "event: \(type)\(end)" }
        if Bool.random(using: &random) { stream += ": a comment\(end)" }
        for line in lines { stream += "data: \(line)\(end)" }
        stream += end
        expected.append(Self.event(lines.joined(separator: "\n"), type.isEmpty ? "message" : type))
      }
      var rest = Array(stream.utf8)[...]
      var parser = EventStreamParser()
      var events: [EventStreamEvent] = []
      while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 1..<12, using: &random))
        try parser.parse(Array(rest.prefix(count)), into: &events)
        rest = rest.dropFirst(count)
      }
      #expect(events == expected)
    }
  }

  @Test func noiseIsTakenWithoutHarm() {
    var random = SeededGenerator("EventStreamParserTests.noiseIsTakenWithoutHarm")
    let noise = Array("data: event:id retry\r\n\r\n::\u{0}".utf8) + [0xEF, 0xBB, 0xBF, 0xFF]
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in noise.randomElement(using: &random) ?? 0 }
      var (whole, pieces) = (EventStreamParser(limit: 64), EventStreamParser(limit: 64))
      var (one, other): ([EventStreamEvent], [EventStreamEvent]) = ([], [])
      let isOver = (try? whole.parse(bytes, into: &one)) == nil
      var isOverInPieces = false
      for byte in bytes where !isOverInPieces { isOverInPieces = (try? pieces.parse([byte], into: &other)) == nil }
      #expect(isOver == isOverInPieces && one == other, "\(bytes)")
    }
  }

  @Test func aGiantLineIsRefused() {
    var parser = EventStreamParser(limit: 1000)
    var events: [EventStreamEvent] = []
    var taken = 0
    #expect(throws: EventStreamError.self) {
      for _ in 0..<100 {
        try parser.parse(Array("data: 12345678901234567890".utf8), into: &events)
        taken += 26
      }
    }
    #expect(taken <= 1000 && events.isEmpty)
  }

  @Test func idsAndTheTimeToComeAgainAreKept() throws {
    var parser = EventStreamParser()
    var events: [EventStreamEvent] = []
    try parser.parse(Array("id: 7\nretry: 2500\ndata: 1\n\nid: a\u{0}b\nretry: soon\n\n".utf8), into: &events)
    #expect(parser.lastEventID == "7" && parser.retryMilliseconds == 2500)
  }

  @Test(arguments: [
    ("data: 1", "1"), ("data: 1\n", "1"), ("data: 1\ndata: 2", "1\n2"), ("data: 1\n\n", nil), (": x", nil),
  ])
  func theLastEventNeedsNoEnd(_ stream: String, _ expected: String?) throws {
    var parser = EventStreamParser()
    var events: [EventStreamEvent] = []
    try parser.parse(Array(stream.utf8), into: &events)
    #expect(parser.finish()?.text == expected)
  }
}
