import Conversation
import Testing

@testable import Agents

@Suite struct ScriptAgentTests {
  private func run(_ script: String, begun: String = "") async throws -> RecordedAnswer {
    let answer = RecordedAnswer()
    let request = AgentRequest(
      session: try #require(SessionID("s_0123456789abcdef")), question: script, context: Array("{}".utf8),
      begun: begun, history: { _ in [] })
    try await ScriptAgent().answer(request, into: answer)
    return answer
  }

  @Test(arguments: [
    "hello", #"/script {"chunks":12,"bytes":7}"#, #"/script {"chunks":5,"text":"Grüße 👩‍👩‍👧 e\u0301 שלום"}"#,
    #"/script {"chunks":3,"text":""}"#,
  ])
  func itGoesOnWhereverItWasCut(_ script: String) async throws {
    let whole = try await run(script)
    let scalars = Array(whole.text.unicodeScalars)
    for count in 0...scalars.count {
      var begun = String.UnicodeScalarView()
      begun.append(contentsOf: scalars[..<count])
      let rest = try await run(script, begun: String(begun))
      #expect(String(begun) + rest.text == whole.text)
      // What is left is written in the same pieces.
      #expect(Array(whole.pieces.suffix(max(0, rest.pieces.count - 1))) == Array(rest.pieces.dropFirst()))
    }
    await #expect(throws: CannotContinue.self) { try await run(script, begun: whole.text + "x") }
    await #expect(throws: CannotContinue.self) { try await run(script, begun: "\u{1}") }
  }

  @Test func chunksWithAClockAreNotCut() async throws {
    let script = #"/script {"chunks":4,"bytes":20,"clock":true}"#
    let whole = try await run(script)
    #expect(whole.pieces.map(\.utf8.count) == [20, 20, 20, 20])
    for count in 0...4 {
      let rest = try await run(script, begun: whole.pieces[..<count].joined())
      #expect(rest.pieces.map(\.utf8.count) == Array(repeating: 20, count: 4 - count))
    }
    await #expect(throws: CannotContinue.self) { try await run(script, begun: String(whole.text.prefix(30))) }
  }

  @Test func itCanBeToldNotTo() async throws {
    let script = #"/script {"text":"said","continues":false}"#
    #expect(try await run(script).text == "said")
    await #expect(throws: CannotContinue.self) { try await run(script, begun: "sa") }
  }
}
