import Testing

@testable import LoadKit

@Suite struct ChatFramesTests {
  @Test func identitiesAreValidAndDiffer() {
    let (one, two) = (ChatIdentity(run: 1, index: 0), ChatIdentity(run: 1, index: 1))
    #expect(one.session != two.session)
    #expect(one.token != two.token)
    #expect(one.token.utf8.count == 43)
    #expect((16...64).contains(one.session.utf8.count))
  }

  @Test func messagesHaveCanonicalIDs() {
    let frame = String(decoding: ChatFrames.message(0x0123_4567_89AB_CDEF, content: "a \"b\""), as: UTF8.self)
    #expect(
      frame
        == #"{"type":"message.send","id":"00000000-0000-4000-8012-456789abcdef","content":"a \"b\""}"#)
  }

  @Test(arguments: [
    (#"{"type":"message.delta","message":"m","offset":40,"text":"abc"}"#, ServerFrameKind.delta),
    (#"{"ref":"1","type":"welcome"}"#, .welcome), (#"{"type":"pong"}"#, .other), (#"{"type":"error"}"#, .error),
  ])
  func kinds(frame: String, kind: ServerFrameKind) {
    let bytes = Array(frame.utf8)
    #expect(bytes.withUnsafeBytes { ServerFrameKind($0) } == kind)
  }

  @Test(arguments: ["", "[]", "{}", #"{"type"#]) func noFrames(frame: String) {
    let bytes = Array(frame.utf8)
    #expect(bytes.withUnsafeBytes { ServerFrameKind($0) } == nil)
  }

  @Test func deltaAndIntegers() throws {
    let bytes = Array(#"{"type":"message.delta","message":"m","offset":40,"text":"abc"}"#.utf8)
    try bytes.withUnsafeBytes { bytes in
      let delta = try #require(ServerFrameFields.delta(bytes))
      #expect(delta.offset == 40)
      #expect(String(decoding: delta.text, as: UTF8.self) == "abc")
      #expect(ServerFrameFields.integer("offset", in: bytes) == 40)
      #expect(ServerFrameFields.integer("length", in: bytes) == nil)
    }
  }
}
