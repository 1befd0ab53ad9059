import JSONWire
import Testing

@testable import ChaosKit

@Suite struct EvidenceTests {
  static let beginning = [
    #"{"type":"welcome","created":true,"version":0,"messages":[]}"#,
    #"{"type":"message.created","version":1,"message":{"id":"q","role":"user","status":"complete","version":1,"created_version":1,"content":"äh?","length":4}}"#,
    #"{"type":"message.created","version":2,"message":{"id":"a","role":"assistant","status":"streaming","reply_to":"q","version":2,"created_version":2,"content":"","length":0}}"#,
    #"{"type":"message.delta","message":"a","offset":0,"text":"äb"}"#,
  ]

  private func evidence(_ frames: [String]) throws -> Evidence {
    var evidence = Evidence()
    for frame in frames { try evidence.note(JSONValue(parsing: frame)) }
    return evidence
  }

  @Test func everythingShownIsKept() throws {
    let evidence = try evidence(
      Self.beginning + [
        #"{"type":"message.delta","message":"a","offset":3,"text":"c"}"#,
        // A fresh page that lacks the question, and has the answer to its end.
        #"{"type":"welcome","created":false,"version":3,"messages":[{"id":"a","role":"assistant","status":"complete","reply_to":"q","version":3,"created_version":2,"content":"äbcd","length":5}]}"#,
      ])
    #expect(evidence.version == 3)
    #expect(evidence.bytesShown == 4 + 5)
    #expect(evidence.shown["q"]?.bytes == Array("äh?".utf8))
    #expect(evidence.shown["a"]?.bytes == Array("äbcd".utf8))
    #expect(evidence.shown["a"]?.final == "complete")
    #expect(evidence.shown["a"]?.version == 3)
  }

  @Test(arguments: [
    // Shown bytes change, a hole, text for nothing.
    #"{"type":"message.delta","message":"a","offset":2,"text":"x"}"#,
    #"{"type":"message.delta","message":"a","offset":4,"text":"x"}"#,
    #"{"type":"message.delta","message":"b","offset":0,"text":"x"}"#,
    #"{"type":"history.page","messages":[{"id":"q","role":"user","status":"complete","version":1,"created_version":1,"content":"ähm","length":4}]}"#,
    // Shown bytes disappear.
    #"{"type":"message.completed","version":3,"message":"a","status":"stopped","length":2}"#,
    #"{"type":"welcome","created":false,"version":3,"messages":[{"id":"a","role":"assistant","status":"complete","reply_to":"q","version":3,"created_version":2,"content":"ä","length":2}]}"#,
    // Versions go back, a session is forgotten.
    #"{"type":"welcome","created":false,"version":1,"messages":[]}"#,
    #"{"type":"welcome","created":true,"version":2,"messages":[]}"#,
    // What was final changes.
    #"{"type":"welcome","created":false,"version":3,"messages":[{"id":"q","role":"user","status":"streaming","version":3,"created_version":1,"content":"äh?","length":4}]}"#,
    // Another message under the same id.
    #"{"type":"history.page","messages":[{"id":"q","role":"user","status":"complete","version":2,"created_version":2,"content":"äh?","length":4}]}"#,
  ])
  func contradictionsAreTold(frame: String) throws {
    var evidence = try evidence(Self.beginning)
    let frame = try JSONValue(parsing: frame)
    #expect(throws: Evidence.Contradiction.self) { try evidence.note(frame) }
  }

  /// Where text is shown before its commit, an answer that does not come to its end may be shorter than what was shown;
  /// nothing else may stand in its place.
  @Test func theEndOfAnAnswerMayBeLostWhereThatIsTolerated() throws {
    func evidence(_ frames: String...) throws -> Evidence {
      var evidence = Evidence(toleratesLoss: true)
      for frame in Self.beginning + frames { try evidence.note(JSONValue(parsing: frame)) }
      return evidence
    }
    func page(_ status: String, _ content: String) -> String {
      #"{"type":"welcome","created":false,"version":3,"messages":[{"id":"a","role":"assistant","status":"\#(status)","#
        + #""reply_to":"q","version":3,"created_version":2,"content":"\#(content)","length":\#(content.utf8.count)}]}"#
    }
    let ended = #"{"type":"message.completed","version":3,"message":"a","status":"interrupted","length":2}"#
    #expect(try evidence(ended).lost == ["a": 1] && evidence(ended).shown["a"]?.bytes == Array("ä".utf8))
    #expect(try evidence(page("streaming", "ä")).lost == [:])
    #expect(try evidence(page("streaming", "ä"), page("interrupted", "ä")).lost == ["a": 1])
    for frame in [page("streaming", "äx"), page("interrupted", "x"), page("complete", "ä"), page("complete", "äx")] {
      #expect(throws: Evidence.Contradiction.self) { try evidence(frame) }
    }
    // What is lost does not come back.
    #expect(throws: Evidence.Contradiction.self) { try evidence(ended, page("complete", "äb")) }
  }

  @Test func overlapsAreFine() throws {
    let evidence = try evidence(
      Self.beginning + [
        #"{"type":"message.delta","message":"a","offset":2,"text":"bc"}"#,
        #"{"type":"welcome","created":false,"version":2,"messages":[{"id":"a","role":"assistant","status":"streaming","reply_to":"q","version":2,"created_version":2,"content":"c","offset":3,"length":4}]}"#,
      ])
    #expect(evidence.shown["a"]?.bytes == Array("äbc".utf8))
    #expect(evidence.bytesShown == 8)
  }
}
