import Conversation
import JSONWire
import SeededRandom
import Testing

@Suite struct IdentifierTests {
  @Test(arguments: [
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0190a7c4-12ab-7def-8123-456789abcdef",
  ])
  func readsCanonicalUUIDs(_ text: String) throws {
    let id = try #require(MessageID(text))
    #expect(id.description == text)
  }

  @Test(arguments: [
    "", "0190a7c4-12ab-7def-8123-456789abcde", "0190a7c4-12ab-7def-8123-456789abcdef0",
    "0190A7C4-12AB-7DEF-8123-456789ABCDEF", "0190a7c412ab7def8123456789abcdef", "0190a7c4-12ab-7def-8123-456789abcdeg",
    "0190a7c41-2ab-7def-8123-456789abcdef", "{190a7c4-12ab-7def-8123-456789abcde}",
    "0190a7c4-12ab-7def-8123-456789abcd-f",
    "0190a7c4-12ab-7def-8123_456789abcdef", "٠190a7c4-12ab-7def-8123-456789abcde",
  ])
  func refusesOtherForms(_ text: String) { #expect(MessageID(text) == nil) }

  @Test func randomIDsAreOfVersionFour() {
    var random = SeededGenerator("message ids")
    let ids = (0..<1000).map { _ in MessageID.random(using: &random) }
    #expect(Set(ids).count == 1000)
    for id in ids {
      let text = Array(id.description)
      #expect(text[14] == "4" && "89ab".contains(text[19]) && MessageID(id.description) == id)
    }
  }

  @Test(arguments: ["abcdefghij012345", "ABCDEFGHIJKLMNOP_-", String(repeating: "z", count: 64)])
  func takesSessionIDs(_ text: String) { #expect(SessionID(text)?.text == text) }

  @Test(arguments: [
    "", "abcdefghij01234", String(repeating: "z", count: 65), "abcdefghij01234 ", "abcdefghij01234.",
    "abcdefghij01234é",
    "abcdefghij01234\0", "abcdefghij01234/",
  ])
  func refusesOtherSessionIDs(_ text: String) { #expect(SessionID(text) == nil) }

  @Test func randomSessionIDsAreSessionIDsAndSpread() {
    var random = SeededGenerator("session ids")
    let ids = (0..<4000).map { _ in SessionID.random(using: &random) }
    #expect(Set(ids).count == 4000 && ids.allSatisfy { SessionID($0.text) == $0 })
    for count in [1, 2, 3, 8] {
      let homes = Dictionary(grouping: ids) { $0.home(of: count) }
      #expect(homes.keys.sorted() == Array(0..<count))
      #expect(homes.values.allSatisfy { $0.count > 4000 / count / 2 })
    }
  }

  @Test(arguments: [1, 7, 9_007_199_254_740_991, .max] as [Int64]) func cursorsComeBack(_ version: Int64) {
    let cursor = HistoryCursor(createdVersion: version)
    #expect(HistoryCursor(cursor.text) == cursor)
  }

  @Test(arguments: ["", "v", "7", "v0", "v-7", "v7 ", " v7", "v7v", "V7", "v99999999999999999999", "v7.0", "v+7"])
  func refusesOtherCursors(_ text: String) { #expect(HistoryCursor(text) == nil) }
}

@Suite struct SessionContextTests {
  @Test(arguments: [
    ("{}", "{}", "{}"), ("{}", #"{"a":1}"#, #"{"a":1}"#), (#"{"a":1}"#, #"{"a":null}"#, "{}"),
    (#"{"a":1,"b":2}"#, #"{"b":3}"#, #"{"a":1,"b":3}"#), (#"{"a":1}"#, #"{"b":null}"#, #"{"a":1}"#),
    // Only at the top level: what lies deeper is replaced whole, its nulls stay.
    (#"{"a":{"x":1}}"#, #"{"a":{"y":null}}"#, #"{"a":{"y":null}}"#),
    // Keys are compared by their bytes.
    (#"{"é":1}"#, "{\"e\u{301}\":2}", "{\"é\":1,\"e\u{301}\":2}"), (#"{"":1}"#, #"{"":2}"#, #"{"":2}"#),
  ])
  func merges(_ old: String, _ changes: String, _ result: String) {
    let merged = SessionContext(parsing: Array(old.utf8)).merging(SessionContext(parsing: Array(changes.utf8)))
    #expect(merged.map { String(decoding: $0.bytes, as: UTF8.self) } == result)
  }

  @Test func isBoundedAfterTheMerge() {
    let half = String(repeating: "x", count: 8 * 1024 - 6)
    let old = SessionContext(parsing: Array(#"{"a":"\#(half)"}"#.utf8))
    // {"a":"…","b":"…"}: exactly the limit, and a byte more.
    #expect(
      old.merging(SessionContext(parsing: Array(#"{"b":"\#(half.dropLast(3))"}"#.utf8)))?.bytes.count == 16 * 1024)
    #expect(old.merging(SessionContext(parsing: Array(#"{"b":"\#(half.dropLast(2))"}"#.utf8))) == nil)
    // What goes makes room.
    #expect(old.merging(SessionContext(parsing: Array(#"{"a":null,"b":"\#(half)"}"#.utf8))) != nil)
  }
}

@Suite struct LimitsTests {
  @Test func defaultsAreTheProtocols() {
    let limits = Limits()
    #expect(limits.messageBytes == 32 * 1024 && limits.frameBytes == 256 * 1024)
    #expect(limits.heartbeatMilliseconds == 30_000)
    // A message in its longest escapes and with all its metadata fits into a frame.
    #expect(limits.messageBytes * 6 + 4096 + 1024 < limits.frameBytes)
  }
}

@Suite struct ServerFrameTests {
  @Test func errors() {
    #expect(
      text(ServerFrame.error(ProtocolError(.badField, "id: \"x\"")))
        == #"{"type":"error","code":"bad_field","message":"id: \"x\""}"#)
    #expect(
      text(ServerFrame.error(.unavailable(ref: "r")))
        == #"{"type":"error","ref":"r","code":"unavailable","message":"the database is away; try again","retry_after_ms":1000}"#
    )
  }

  @Test func pongs() {
    #expect(text(ServerFrame.pong(nonce: nil, ref: nil)) == #"{"type":"pong"}"#)
    #expect(text(ServerFrame.pong(nonce: "n", ref: "r")) == #"{"type":"pong","ref":"r","nonce":"n"}"#)
  }

  /// A delta never passes its limit, never cuts a scalar, and the deltas one after another are the text.
  @Test(arguments: [120, 121, 122, 125, 130, 200, 1000]) func deltas(_ limit: Int) throws {
    var random = SeededGenerator("deltas of \(limit)")
    let content = SimulatedText.random(upTo: 2000, using: &random)
    let id = MessageID.random(using: &random)
    var offset = 0
    while offset < content.count {
      let (frame, consumed) = ServerFrame.delta(
        message: id, offset: offset, text: content.span.bytes.extracting(offset..<content.count), limit: limit)
      #expect(frame.count <= limit && consumed > 0)
      let json = try JSONValue(parsing: frame)
      #expect(json["type"] == "message.delta" && json["message"]?.string == id.description)
      #expect(json["offset"]?.int == Int64(offset))
      #expect(Array((json["text"]?.string ?? "").utf8) == Array(content[offset..<offset + consumed]))
      guard consumed > 0 else { return }
      offset += consumed
    }
  }

  private func text(_ frame: [UInt8]) -> String { String(decoding: frame, as: UTF8.self) }
}
