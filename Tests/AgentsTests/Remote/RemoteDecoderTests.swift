import Accounts
import HTTPWire
import Redaction
import SeededRandom
import Testing

@testable import Agents

/// What services of others say.
@Suite struct RemoteDecoderTests {
  static let agui: [(name: String, events: [String], says: [ModelEvent])] = [
    (
      "a run",
      [
        #"{"type":"RUN_STARTED","threadId":"t","runId":"r"}"#, #"{"type":"STEP_STARTED","stepName":"s"}"#,
        #"{"type":"TEXT_MESSAGE_START","messageId":"m","role":"assistant"}"#,
        #"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"Hel"}"#,
        #"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"lo"}"#,
        #"{"type":"TEXT_MESSAGE_END","messageId":"m"}"#, #"{"type":"STATE_DELTA","delta":[]}"#,
        #"{"type":"RUN_FINISHED","threadId":"t","runId":"r"}"#,
      ],
      [.text("Hel"), .text("lo"), .end(.stop), .done]
    ),
    (
      "two messages",
      [
        #"{"type":"TEXT_MESSAGE_CHUNK","messageId":"m","role":"assistant","delta":"One"}"#,
        #"{"type":"TEXT_MESSAGE_CHUNK","delta":" more"}"#,
        #"{"type":"TEXT_MESSAGE_CHUNK","messageId":"n","delta":"Two"}"#,
      ],
      [.text("One"), .text(" more"), .text("\n\nTwo")]
    ),
    (
      "what others say",
      [
        #"{"type":"TEXT_MESSAGE_START","messageId":"m","role":"user"}"#,
        #"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"No"}"#,
      ],
      []
    ),
    (
      "tools and reasoning",
      [
        #"{"type":"REASONING_MESSAGE_CONTENT","messageId":"r","delta":"Hm"}"#,
        #"{"type":"TOOL_CALL_START","toolCallId":"c","toolCallName":"search"}"#,
        #"{"type":"TOOL_CALL_ARGS","toolCallId":"c","delta":"{\"secret\":1}"}"#,
        #"{"type":"TOOL_CALL_END","toolCallId":"c"}"#,
        #"{"type":"TOOL_CALL_RESULT","messageId":"x","toolCallId":"c","content":"secret"}"#,
      ],
      [.reasoning("Hm"), .tool(id: "c", name: "search"), .toolEnded(id: "c")]
    ),
    (
      "an error", [#"{"type":"RUN_ERROR","message":"secret","code":"E42"}"#],
      [.failure(ModelFailure(.fault, said: "E42"))]
    ),
    ("what a later version brings", [#"{"type":"ODOUR"}"#, "{}", "[]"], []),
    ("no JSON", ["{"], [.failure(ModelFailure(.garbled))]),
  ]

  @Test(arguments: agui.indices) func eventsOfAGUIAreUnderstood(_ index: Int) {
    let (name, events, says) = Self.agui[index]
    var decoder = AGUIDecoder()
    #expect(events.flatMap { decoder.decode(EventStreamEvent(data: Array($0.utf8))) } == says, "\(name)")
  }

  @Test func plainTextIsCutAnywhere() {
    var random = SeededGenerator("RemoteDecoderTests.plainTextIsCutAnywhere")
    let text = Array("aé漢👋🏽 b".utf8) + [0xC3, 0x28, 0xF0, 0x9F]
    let whole = String(decoding: text, as: UTF8.self)
    for _ in 0..<500 {
      var reader = PlainTextReader()
      var (rest, said) = (text[...], "")
      func take(_ events: [ModelEvent]) {
        for case .text(let piece) in events { said += piece }
      }
      while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 1..<5, using: &random))
        take(reader.read(Array(rest.prefix(count))))
        rest = rest.dropFirst(count)
      }
      let end = reader.finish()
      take(end)
      #expect(end.last == .end(.stop) && said == whole)
    }
  }

  @Test func aSignatureIsThatOfItsContent() {
    // RFC 4231, test case 2.
    let code = HMACSHA256.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
    #expect(code.starts(with: [0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E]))
    let value = RequestSignature.value(Array("{}".utf8), secret: "s", now: 1_795_219_200)
    #expect(value.hasPrefix("t=1795219200,v1=") && value.utf8.count == 16 + 64)
    #expect(value != RequestSignature.value(Array("{}".utf8), secret: "s", now: 1_795_219_201))
    #expect(value != RequestSignature.value(Array("[]".utf8), secret: "s", now: 1_795_219_200))
  }
}
