import Conversation
import JSONWire
import Testing

/// Frames in the forms that plain HTTP gives them.
@Suite struct PlainHTTPTests {
  private static let id = MessageID(high: 0x0123_4567_89AB_4DEF, low: 0x8123_4567_89AB_CDEF)

  @Test(arguments: [
    ("0", Position(version: 0)), ("9007199254740991", Position(version: 1 << 53 - 1)),
    ("7:\(id):0", Position(version: 7, streaming: .init(message: id, offset: 0))),
    ("7:\(id):123456", Position(version: 7, streaming: .init(message: id, offset: 123_456))),
  ])
  func positionsAsIds(text: String, position: Position) {
    #expect(Position(text) == position)
    #expect(position.text == text)
  }

  @Test(arguments: [
    "", ":", "::", "-1", "+1", "1.0", " 1", "1 ", "0x1", "١", "9007199254740992", "99999999999999999999", "1:", "1:2",
    "1:\(id)", "1:\(id):", "1:\(id):-1", "1:\(id):x", "1:x:1", ":\(id):1", "1:\(id):1:", "1:\(id):1:1",
    "1:01234567-89AB-4DEF-8123-456789ABCDEF:1", "1:\(id):9007199254740992",
  ])
  func whatIsNoPosition(text: String) { #expect(Position(text) == nil) }

  @Test(arguments: [
    (#"{"type":"pong"}"#, nil, "event: pong\ndata: {\"type\":\"pong\"}\nid: \n\n"),
    (
      "{\"type\":\"a.b\",\"x\":{\r\n\"y\":\n1\r}}", Position(version: 3),
      "event: a.b\ndata: {\"type\":\"a.b\",\"x\":{  \"y\": 1 }}\nid: 3\n\n"
    ),
    (
      #"{"type":"t","x":"a\nb\u2028 "}"#, Position(version: 3, streaming: .init(message: id, offset: 5)),
      "event: t\ndata: {\"type\":\"t\",\"x\":\"a\\nb\\u2028 \"}\nid: 3:\(id):5\n\n"
    ),
  ])
  func events(frame: String, position: Position?, event: String) {
    var output = Array("before".utf8)
    ServerSentEvent.append(Array(frame.utf8), position: position, to: &output)
    #expect(String(decoding: output, as: UTF8.self) == "before" + event)
  }

  @Test(arguments: [
    (#"{"type":"message.accepted","duplicate":false}"#, 202), (#"{"type":"message.accepted","duplicate":true}"#, 200),
    (#"{"type":"run.stopping","message":null}"#, 202), (#"{"type":"pong"}"#, 200),
  ])
  func answers(frame: String, status: UInt16) {
    let answer = RequestAnswer(Array(frame.utf8))
    #expect(answer.status == status)
    #expect(answer.content == Array(frame.utf8))
    #expect(!answer.isProblem)
    #expect(answer.retryAfter == nil)
  }

  @Test(arguments: [
    (ProtocolError.Code.badFrame, 400), (.unknownType, 400), (.badField, 400), (.unauthenticated, 401),
    (.tokenExpired, 401), (.forbidden, 403), (.notFound, 404), (.busy, 409), (.tooLarge, 413), (.rateLimited, 429),
    (.unavailable, 503), (.agentFailed, 500), (.internal, 500),
  ])
  func problems(code: ProtocolError.Code, status: Int) throws {
    let error = ProtocolError(code, "a \"sentence\"\n", ref: "r", retryAfter: 1001)
    let answer = RequestAnswer(ServerFrame.error(error))
    #expect(Int(answer.status) == status)
    #expect(answer.isProblem)
    #expect(answer.retryAfter == 2)
    let problem = try JSONValue(parsing: answer.content)
    #expect(problem["title"]?.string?.isEmpty == false)
    #expect(problem["status"] == .int(Int64(status)))
    #expect(problem["code"] == .string(code.rawValue))
    #expect(problem["detail"] == "a \"sentence\"\n")
    #expect(problem["ref"] == "r")
    #expect(problem["retry_after_ms"] == 1001)
  }

  @Test func tickets() {
    let answer = RequestAnswer(ticket: "abc", expiresAt: 1_700_000_000_123)
    #expect(answer.status == 201)
    #expect(
      String(decoding: answer.content, as: UTF8.self) == #"{"ticket":"abc","expires_at":"2023-11-14T22:13:20.123Z"}"#)
  }

  /// The type of a request's content is the path's, whatever the content says.
  @Test func contents() throws {
    let content = Array(#"{"type":"ping","id":"\#(Self.id)","content":"hi","ref":"r"}"#.utf8)
    let frame = try ClientFrame(decoding: content.span.bytes, as: "message.send", limits: Limits())
    #expect(frame == ClientFrame(ref: "r", body: .send(.init(id: Self.id, content: Array("hi".utf8)))))
    let stop = try ClientFrame(decoding: content.span.bytes, as: "run.stop", limits: Limits())
    #expect(stop == ClientFrame(ref: "r", body: .stop(.init())))
    let invalid: [UInt8] = Array(#"{"content":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
    #expect(throws: ProtocolError.self) {
      try ClientFrame(decoding: invalid.span.bytes, as: "message.send", limits: Limits())
    }
  }
}
