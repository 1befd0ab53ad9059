import Conversation
import JSONWire
import Testing

@Suite struct ClientFrameTests {
  static let id = "0190a7c4-12ab-7def-8123-456789abcdef"
  static let messageID = MessageID(id)
  static let other = "0190a7c4-12ab-7def-8123-456789abcdee"

  // MARK: Good frames

  static let good: [(json: String, body: ClientFrame.Body)] = [
    (#"{"type":"hello"}"#, .hello(.init())),
    (#" { "type" : "h\u0065llo" , "unknown" : [1,{"a":"\u0000"}] } "#, .hello(.init())),
    (#"{"type":"hello","history":0}"#, .hello(hello { $0.history = 0 })),
    (#"{"type":"hello","history":200}"#, .hello(hello { $0.history = 200 })),
    (#"{"type":"hello","history":1,"history":2}"#, .hello(hello { $0.history = 2 })),
    (
      #"{"type":"hello","token":"a.b.c","agent":"script"}"#,
      .hello(hello { ($0.token, $0.agent) = ("a.b.c", "script") })
    ),
    (
      #"{"type":"hello","session":"abcdefghij_-0123"}"#,
      .hello(hello { $0.session = SessionID("abcdefghij_-0123") })
    ),
    (#"{"type":"hello","position":{"version":0}}"#, .hello(hello { $0.position = Position(version: 0) })),
    (
      #"{"type":"hello","position":{"version":9007199254740991,"message":"\#(id)","offset":0,"more":1}}"#,
      .hello(
        hello {
          $0.position = Position(
            version: 1 << 53 - 1,
            streaming: messageID.map { .init(message: $0, offset: 0) })
        })
    ),
    (
      #"{"type":"hello","visitor":{"name":"Ä","email":"a@b","locale":"de","page":"/","referrer":"","x":1}}"#,
      .hello(
        hello {
          $0.visitor.name = "Ä"
          $0.visitor.email = "a@b"
          $0.visitor.locale = "de"
          $0.visitor.page = "/"
          $0.visitor.referrer = ""
        })
    ),
    // A token belongs to `hello` only.
    (#"{"type":"session.new","token":5,"history":3}"#, .newSession(hello { $0.history = 3 })),
    (#"{"type":"message.send","id":"\#(id)","content":"a"}"#, .send(send("a"))),
    (#"{"type":"message.send","id":"\#(id)","content":"\u00e9\ud83d\ude00\n"}"#, .send(send("é😀\n"))),
    (
      #"{"type":"message.send","id":"\#(id)","content":"a","when_busy":"reject","metadata":{"a": [1]}}"#,
      .send(send("a", .reject, #"{"a": [1]}"#))
    ),
    (#"{"type":"message.send","id":"\#(id)","content":"a","when_busy":"interrupt"}"#, .send(send("a", .interrupt))),
    (#"{"type":"message.send","id":"\#(id)","content":"a","when_busy":"queue"}"#, .send(send("a"))),
    (#"{"type":"run.stop"}"#, .stop(.init())),
    (#"{"type":"run.stop","queued":true,"message":"\#(id)"}"#, .stop(.init(message: messageID, queued: true))),
    (
      #"{"type":"run.retry","message":"\#(id)","id":"\#(other)","metadata":5}"#,
      .retry(
        .init(
          message: MessageID(high: 0x0190_a7c4_12ab_7def, low: 0x8123_4567_89ab_cdef),
          id: MessageID(high: 0x0190_a7c4_12ab_7def, low: 0x8123_4567_89ab_cdee)))
    ),
    (#"{"type":"history.load","before":"v7"}"#, .loadHistory(.init(before: HistoryCursor(createdVersion: 7)))),
    (
      #"{"type":"history.load","before":"v7","limit":200}"#,
      .loadHistory(.init(before: HistoryCursor(createdVersion: 7), limit: 200))
    ),
    (
      #"{"type":"session.update","description":"d","metadata":{"a":1}}"#,
      .updateSession(.init(description: .set("d"), metadata: SessionContext(JSONObject([("a", 1)]))))
    ),
    (#"{"type":"session.update","description":null}"#, .updateSession(.init(description: .clear))),
    (#"{"type":"typing","active":true}"#, .typing(isActive: true)),
    (#"{"type":"typing","active":false,"role":"system"}"#, .typing(isActive: false)),
    (
      #"{"type":"session.update","title":null}"#, .updateSession(.init(title: .clear))
    ),
    (#"{"type":"session.update","title":""}"#, .updateSession(.init(title: .set("")))),
    (
      #"{"type":"session.update","context":{"a":null,"b":1}}"#,
      .updateSession(.init(context: SessionContext(JSONObject([("a", .null), ("b", 1)]))))
    ),
    (#"{"type":"ping"}"#, .ping(nonce: nil)),
    (#"{"type":"ping","nonce":"\u0000"}"#, .ping(nonce: "\0")),
  ]

  @Test func anUnknownTypeIsToldInFewBytes() {
    // One letter may carry any number of accents.
    let json = #"{"type":"a"# + String(repeating: "\u{301}", count: 10_000) + #""}"#
    let error = #expect(throws: ProtocolError.self) {
      try ClientFrame(decoding: Array(json.utf8).span.bytes, limits: Limits())
    }
    #expect(error?.code == .unknownType)
    #expect(error.map { $0.message.utf8.count < 400 } == true)
  }

  @Test(arguments: good) func decodes(_ frame: (json: String, body: ClientFrame.Body)) throws {
    #expect(try decode(frame.json) == ClientFrame(body: frame.body))
    // The same with a mark.
    let marked = frame.json.trimming().dropLast() + #","ref":"r\u00e9"}"#
    #expect(try decode(String(marked)) == ClientFrame(ref: "ré", body: frame.body))
  }

  @Test(arguments: [
    ("title", 200), ("name", 200), ("email", 200), ("locale", 200), ("page", 2000), ("referrer", 2000),
  ])
  func charactersAreCountedAsScalars(_ field: String, _ most: Int) throws {
    for (text, isGood) in [
      (String(repeating: "😀", count: most), true), (String(repeating: "a", count: most + 1), false),
    ] {
      let json =
        field == "title"
        ? #"{"type":"session.update","title":"\#(text)"}"# : #"{"type":"hello","visitor":{"\#(field)":"\#(text)"}}"#
      if isGood { _ = try decode(json) } else { #expect(error(json)?.code == .badField) }
    }
  }

  @Test func boundsInBytes() throws {
    let ref = String(repeating: "é", count: 32)
    #expect(try decode(#"{"type":"ping","ref":"\#(ref)"}"#).ref == ref)
    #expect(error(#"{"type":"ping","ref":"\#(ref)a"}"#) == .init(.badField, "ref: at most 64 bytes"))
    var limits = Limits()
    limits.messageBytes = 10
    _ = try decode(#"{"type":"message.send","id":"\#(Self.id)","content":"ééééé"}"#, limits)
    let long = error(#"{"type":"message.send","id":"\#(Self.id)","content":"ééééé\n","ref":"r"}"#, limits)
    #expect(long?.code == .tooLarge && long?.ref == "r")
    // 4 KiB of metadata, 16 KiB of context.
    for (size, isGood) in [(4096, true), (4097, false)] {
      let json = #"{"type":"message.send","id":"\#(Self.id)","content":"a","metadata":\#(object(size))}"#
      if isGood { _ = try decode(json) } else { #expect(error(json)?.code == .badField) }
    }
    for (size, isGood) in [(16 * 1024, true), (16 * 1024 + 1, false)] {
      let json = #"{"type":"session.update","context":\#(object(size))}"#
      if isGood { _ = try decode(json) } else { #expect(error(json)?.code == .badField) }
    }
  }

  // MARK: Bad frames

  /// What is no frame at all has no mark that could be read.
  static let unreadable = [
    "", " ", "null", "1", "\"hello\"", "[]", #"[{"type":"hello"}]"#, "{", #"{"type":"hello""#, #"{"type":"hello"}}"#,
    #"{"type":"hello"} {}"#, #"{'type':'hello'}"#, #"{"type":"hello",}"#, #"{type:"hello"}"#, #"{"type":hello}"#,
    #"{"type":"hello","ref":"r","x":"\ud800"}"#, #"{"type":"hello","ref":"r","\udc00":1}"#,
    #"{"type":"hello","x":\#(String(repeating: "[", count: 32))\#(String(repeating: "]", count: 32))}"#,
    #"{"type":"hello","x":01}"#, "{\"type\":\"hello\",\"x\":\"\n\"}", "\u{FEFF}{\"type\":\"hello\"}",
  ]

  @Test(arguments: unreadable) func isNoFrame(_ json: String) {
    let error = error(json)
    #expect(error?.code == .badFrame && error?.ref == nil)
  }

  @Test func thirtyTwoLevelsAreAFrame() throws {
    let json = #"{"type":"hello","x":\#(String(repeating: "[", count: 31))\#(String(repeating: "]", count: 31))}"#
    _ = try decode(json)
  }

  @Test(arguments: [
    #"{}"#, #"{"type":""}"#, #"{"type":null}"#, #"{"type":1}"#, #"{"type":["hello"]}"#, #"{"Type":"hello"}"#,
  ])
  func hasNoType(_ json: String) {
    #expect(error(json)?.code == .badFrame)
    let marked = json == "{}" ? #"{"ref":"r"}"# : json.dropLast() + #","ref":"r"}"#
    #expect(error(String(marked)) == ProtocolError(.badFrame, "no type", ref: "r"))
  }

  @Test(arguments: [
    "hello ", "Hello", "run.retry ", "message.feedbacks", "typing.", "welcome", "message.send.x", "h\\u0000", "😀",
  ])
  func isOfNoKnownType(_ type: String) {
    let error = error(#"{"ref":"r","type":"\#(type)"}"#)
    #expect(error?.code == .unknownType && error?.ref == "r")
  }

  /// Each with the field that the answer names.
  static let wrong: [(json: String, field: String)] = [
    (#""type":"hello","session":"short""#, "session"), (#""type":"hello","session":5"#, "session"),
    (#""type":"hello","session":"abcdefghij.-0123""#, "session"), (#""type":"hello","session":null"#, "session"),
    (#""type":"hello","session":"\#(String(repeating: "a", count: 65))""#, "session"),
    (#""type":"hello","session":"abcdefghijklmno\u0000""#, "session"),
    (#""type":"hello","token":5"#, "token"), (#""type":"hello","token":"\u0000""#, "token"),
    (#""type":"hello","agent":{}"#, "agent"), (#""type":"hello","agent":"\u0000""#, "agent"),
    (#""type":"hello","history":-1"#, "history"), (#""type":"hello","history":201"#, "history"),
    (#""type":"hello","history":1.5"#, "history"), (#""type":"hello","history":"1""#, "history"),
    (#""type":"hello","history":99999999999999999999"#, "history"), (#""type":"hello","history":null"#, "history"),
    (#""type":"hello","position":5"#, "position"), (#""type":"hello","position":{}"#, "position"),
    (#""type":"hello","position":{"version":-1}"#, "position"),
    (#""type":"hello","position":{"version":"1"}"#, "position"),
    (#""type":"hello","position":{"version":9007199254740992}"#, "position"),
    (#""type":"hello","position":{"version":1,"message":"\#(id)"}"#, "position"),
    (#""type":"hello","position":{"version":1,"offset":1}"#, "position"),
    (#""type":"hello","position":{"version":1,"message":"x","offset":1}"#, "position"),
    (#""type":"hello","position":{"version":1,"message":"\#(id)","offset":-1}"#, "position"),
    (#""type":"hello","visitor":"me""#, "visitor"), (#""type":"hello","visitor":{"name":5}"#, "visitor"),
    (#""type":"hello","visitor":{"email":null}"#, "visitor"), (#""type":"hello","visitor":{"page":[]}"#, "visitor"),
    (#""type":"hello","visitor":{"locale":"\u0000"}"#, "visitor"),
    (#""type":"hello","visitor":{"referrer":true}"#, "visitor"),
    (#""type":"session.new","history":-1"#, "history"), (#""type":"session.new","session":"short""#, "session"),
    (#""type":"message.send","content":"a""#, "id"), (#""type":"message.send","id":5,"content":"a""#, "id"),
    (#""type":"message.send","id":"\#(id.uppercased())","content":"a""#, "id"),
    (#""type":"message.send","id":"\#(id)""#, "content"),
    (#""type":"message.send","id":"\#(id)","content":"""#, "content"),
    (#""type":"message.send","id":"\#(id)","content":null"#, "content"),
    (#""type":"message.send","id":"\#(id)","content":["a"]"#, "content"),
    (#""type":"message.send","id":"\#(id)","content":"a\u0000b""#, "content"),
    (#""type":"message.send","id":"\#(id)","content":"a","when_busy":"wait""#, "when_busy"),
    (#""type":"message.send","id":"\#(id)","content":"a","when_busy":1"#, "when_busy"),
    (#""type":"message.send","id":"\#(id)","content":"a","metadata":[]"#, "metadata"),
    (#""type":"message.send","id":"\#(id)","content":"a","metadata":{"a":"\u0000"}"#, "metadata"),
    (#""type":"message.send","id":"\#(id)","content":"a","metadata":{"\u0000":1}"#, "metadata"),
    (#""type":"run.stop","message":"x""#, "message"), (#""type":"run.stop","queued":1"#, "queued"),
    (#""type":"run.stop","message":null"#, "message"),
    (#""type":"run.retry","id":"\#(id)""#, "message"), (#""type":"run.retry","message":"\#(id)""#, "id"),
    (#""type":"run.retry","message":5,"id":"\#(id)""#, "message"),
    (#""type":"run.retry","message":"\#(id)","id":null"#, "id"),
    (#""type":"run.retry","message":"\#(id)","id":"\#(id.uppercased())""#, "id"),
    (#""type":"history.load""#, "before"), (#""type":"history.load","before":5"#, "before"),
    (#""type":"history.load","before":"7""#, "before"), (#""type":"history.load","before":"v0""#, "before"),
    (#""type":"history.load","before":"v-1""#, "before"), (#""type":"history.load","before":"v""#, "before"),
    (#""type":"history.load","before":"v7","limit":0"#, "limit"),
    (#""type":"history.load","before":"v7","limit":201"#, "limit"),
    (#""type":"message.feedback","rating":"up""#, "message"), (#""type":"typing""#, "active"),
    (#""type":"typing","active":1"#, "active"), (#""type":"session.update","description":5"#, "description"),
    (#""type":"session.update","metadata":[]"#, "metadata"),
    (#""type":"message.feedback","message":"0190a7c4-12ab-7def-8123-456789abcdef""#, "rating"),
    (#""type":"message.feedback","message":"0190a7c4-12ab-7def-8123-456789abcdef","rating":"meh""#, "rating"),
    (#""type":"session.update""#, "title"), (#""type":"session.update","title":5"#, "title"),
    (#""type":"session.update","title":"\u0000""#, "title"), (#""type":"session.update","context":[]"#, "context"),
    (#""type":"session.update","context":null"#, "context"),
    (#""type":"session.update","context":{"a":{"b":["\u0000"]}}"#, "context"),
    (#""type":"ping","nonce":5"#, "nonce"),
    (#""type":"ping","nonce":"\#(String(repeating: "a", count: 257))""#, "nonce"),
  ]

  @Test(arguments: wrong) func hasAWrongField(_ frame: (json: String, field: String)) {
    let plain = error("{\(frame.json)}")
    #expect(plain?.code == .badField && plain?.ref == nil)
    #expect(plain?.message.hasPrefix(frame.field) == true, "\(plain?.message ?? "")")
    #expect(error("{\"ref\":\"r\",\(frame.json)}")?.ref == "r")
  }

  @Test(arguments: ["5", "null", "[]", "\"\(String(repeating: "r", count: 65))\""])
  func hasAWrongRef(_ ref: String) {
    let error = error(#"{"type":"ping","ref":\#(ref)}"#)
    #expect(error?.code == .badField && error?.ref == nil)
  }

  // MARK: Steps

  private func decode(_ json: String, _ limits: Limits = Limits()) throws(ProtocolError) -> ClientFrame {
    try ClientFrame(decoding: Array(json.utf8).span.bytes, limits: limits)
  }

  private func error(_ json: String, _ limits: Limits = Limits()) -> ProtocolError? {
    do {
      _ = try decode(json, limits)
      return nil
    } catch { return error }
  }

  /// An object of so many bytes.
  private func object(_ size: Int) -> String { #"{"a":"\#(String(repeating: "x", count: size - 8))"}"# }

  private static func hello(_ change: (inout ClientFrame.Hello) -> Void) -> ClientFrame.Hello {
    var hello = ClientFrame.Hello()
    change(&hello)
    return hello
  }

  private static func send(
    _ content: String, _ whenBusy: ClientFrame.WhenBusy = .queue, _ metadata: String = ""
  ) -> ClientFrame.Send {
    ClientFrame.Send(
      id: MessageID(high: 0x0190_a7c4_12ab_7def, low: 0x8123_4567_89ab_cdef), content: Array(content.utf8),
      whenBusy: whenBusy, metadata: Array(metadata.utf8))
  }
}

extension String {
  fileprivate func trimming() -> Substring { self[...].drop { $0 == " " }.dropLast(hasSuffix(" ") ? 1 : 0) }
}
