import JSONWire
import SkeinTestKit
import Testing

@testable import ChaosKit

@Suite struct ComparisonTests {
  static let id = "session-of-the-test"
  static let question = Question(id: "q", content: "hi?", answer: Array("grüße".utf8), whenBusy: nil)

  static func stored() -> StoredSession {
    StoredSession(
      id: id, version: 4, title: "t", context: ["k": "v"],
      messages: [
        StoredMessage(
          id: "q", createdVersion: 1, version: 1, role: "user", status: "complete", content: Array("hi?".utf8)),
        StoredMessage(
          id: "a", createdVersion: 2, version: 3, role: "assistant", status: "complete", replyTo: "q",
          content: Array("grüße".utf8)),
      ])
  }

  /// The frames by which an answer is shown whose end nobody is told.
  static let shown = [
    #"{"type":"welcome","created":true,"version":0,"messages":[]}"#, message(1, "q", "user", "complete", "hi?"),
    message(2, "a", "assistant", "streaming", "", replyTo: "q"),
    #"{"type":"message.delta","message":"a","offset":0,"text":"grüße"}"#,
  ]

  static func witness() throws -> Witness {
    var witness = Witness("client 0")
    let frames = [
      #"{"type":"welcome","created":true,"resumed":false,"version":0,"messages":[],"before":null,"title":null,"context":{},"run":null}"#,
      message(1, "q", "user", "complete", "hi?"), message(2, "a", "assistant", "streaming", "", replyTo: "q"),
      #"{"type":"message.delta","message":"a","offset":0,"text":"grüße"}"#,
      #"{"type":"message.completed","version":3,"message":"a","status":"complete","length":7}"#,
      #"{"type":"session.updated","version":4,"title":"t","context":{"k":"v"}}"#,
    ]
    for text in frames {
      let frame = try JSONValue(parsing: text)
      try witness.evidence.note(frame)
      try witness.transcript.apply(frame)
    }
    witness.asked["q"] = question
    witness.acknowledged["q"] = 1
    (witness.updatesTried, witness.updatesDone) = (1, 1)
    return witness
  }

  private static func message(
    _ version: Int, _ id: String, _ role: String, _ status: String, _ content: String, replyTo: String? = nil
  ) -> String {
    let reply = replyTo.map { #","reply_to":"\#($0)""# } ?? ""
    return #"{"type":"message.created","version":\#(version),"message":{"id":"\#(id)","role":"\#(role)","#
      + #""status":"\#(status)","version":\#(version),"created_version":\#(version),"content":"\#(content)","#
      + #""length":\#(content.utf8.count),"created_at":"2026-01-01T00:00:00.000Z","tools":[],"citations":[],"#
      + #""metadata":{}\#(reply)}}"#
  }

  private func differences(_ stored: StoredSession?, _ witnesses: [Witness]) -> [String] {
    Comparison.differences(session: Self.id, stored: stored, witnesses: witnesses).map(\.sentence)
  }

  @Test func nothingDiffers() throws {
    #expect(differences(Self.stored(), [try Self.witness()]) == [])
    #expect(differences(nil, [Witness("client 1")]) == [])
  }

  /// The answer was made again: the old one is marked, and the new one tells the same.
  static func replaced() throws -> (StoredSession, Witness) {
    var (stored, witness) = (stored(), try witness())
    stored.messages[1].version = 5
    stored.messages[1].replacedBy = "b"
    stored.messages.append(
      StoredMessage(
        id: "b", createdVersion: 6, version: 7, role: "assistant", status: "complete", replyTo: "q",
        content: Array("grüße".utf8)))
    stored.version = 7
    let frames = [
      #"{"type":"message.updated","version":5,"message":{"id":"a","version":5,"replaced_by":"b"}}"#,
      message(6, "b", "assistant", "streaming", "", replyTo: "q"),
      #"{"type":"message.delta","message":"b","offset":0,"text":"grüße"}"#,
      #"{"type":"message.completed","version":7,"message":"b","status":"complete","length":7}"#,
    ]
    for text in frames {
      let frame = try JSONValue(parsing: text)
      try witness.evidence.note(frame)
      try witness.transcript.apply(frame)
    }
    witness.retried["b"] = "a"
    witness.acknowledged["b"] = 6
    return (stored, witness)
  }

  @Test func anAnswerMayBeReplaced() throws {
    let (stored, witness) = try Self.replaced()
    #expect(differences(stored, [witness]) == [])
  }

  @Test(arguments: [
    Fault(says: "nobody wanted that") { _, witness in
      witness.retried = [:]
      witness.acknowledged["b"] = nil
    },
    Fault(says: "is not replaced by it") { stored, _ in stored.messages[1].replacedBy = nil },
    Fault(says: "is answered twice") { stored, _ in stored.messages[1].replacedBy = nil },
    Fault(says: "which does not follow it") { stored, _ in stored.messages[1].version = 3 },
    Fault(says: "which does not follow it") { stored, _ in stored.messages[2].replyTo = "p" },
    Fault(says: "accepted as version 6, and is not stored") { stored, _ in stored.messages.removeLast() },
    Fault(says: "accepted as version 8") { _, witness in witness.acknowledged["b"] = 8 },
    Fault(says: "was refused, and is stored") { _, witness in witness.refused = ["b"] },
  ])
  func faultsOfReplacedAnswersAreTold(fault: Fault) throws {
    var (stored, witness) = try Self.replaced()
    fault.make(&stored, &witness)
    let told = differences(stored, [witness])
    #expect(told.contains { $0.contains(fault.says) }, "\(told)")
  }

  /// An answer that does not come to its end may lack what was shown before its commit.
  @Test func whatMayBeLostIsNoDifference() throws {
    func told(_ status: String, toleratesLoss: Bool, _ content: String = "grü") throws -> [String] {
      var (stored, witness) = (Self.stored(), try Self.witness())
      (stored.messages[1].status, stored.messages[1].content) = (status, Array(content.utf8))
      let evidence = witness.evidence
      witness.evidence = Evidence(toleratesLoss: toleratesLoss)
      for frame in Self.shown { try witness.evidence.note(JSONValue(parsing: frame)) }
      #expect(witness.evidence.shown["a"]?.bytes == evidence.shown["a"]?.bytes)
      return differences(stored, [witness]).filter { $0.contains("was shown with") }
    }
    #expect(try told("interrupted", toleratesLoss: true) == [])
    #expect(try told("interrupted", toleratesLoss: false).count == 1)
    #expect(try told("interrupted", toleratesLoss: true, "gra").count == 1)
    #expect(try told("complete", toleratesLoss: true).count == 1)
  }

  @Test func aLostSessionIsTold() throws {
    #expect(differences(nil, [try Self.witness()]) == ["the session is not stored"])
  }

  /// What a test does to what is stored or told, and a part of what is then said of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    let says: String
    let make: @Sendable (inout StoredSession, inout Witness) -> Void
    var testDescription: String { says }
  }

  @Test(arguments: [
    Fault(says: "was accepted as version 1, and is not stored") { stored, _ in stored.messages.removeFirst() },
    Fault(says: "accepted as version 9") { _, witness in witness.acknowledged["q"] = 9 },
    Fault(says: "stored with another content") { stored, _ in stored.messages[0].content = [65] },
    Fault(says: "nobody has sent it") { _, witness in witness.asked = [:] },
    Fault(says: "was never answered") { stored, _ in stored.messages.removeLast() },
    Fault(says: "a text that its agent never wrote") { stored, _ in stored.messages[1].content[0] = 65 },
    Fault(says: "complete with 5 of 7 bytes") { stored, _ in stored.messages[1].content.removeLast(2) },
    Fault(says: "was shown with 7 bytes and is stored with 4") { stored, _ in
      stored.messages[1].status = "interrupted"
      stored.messages[1].content.removeLast(3)
    },
    Fault(says: "is stored as interrupted") { stored, _ in stored.messages[1].status = "interrupted" },
    Fault(says: "is stopped, reason user") { stored, _ in
      (stored.messages[1].status, stored.messages[1].reason) = ("stopped", "user")
    },
    Fault(says: "is failed") { stored, _ in stored.messages[1].status = "failed" },
    Fault(says: "is answered twice") { stored, _ in
      var second = stored.messages[1]
      (second.id, second.createdVersion, second.version) = ("b", 5, 6)
      stored.messages.append(second)
      stored.version = 6
    },
    Fault(says: "version 3 belongs to 2 changes") { stored, _ in stored.messages[0].version = 3 },
    Fault(says: "has 2 changes besides messages, and 1 updates") { stored, _ in stored.version = 5 },
    Fault(says: "1 updates were answered") { stored, _ in stored.version = 3 },
    Fault(says: "ends at version 4, the session at 5") { stored, witness in
      stored.version = 5
      witness.updatesTried = 2
    },
    Fault(says: "ends with another title") { stored, _ in stored.title = nil },
    Fault(says: "ends with another context") { stored, _ in stored.context = [:] },
    Fault(says: "could not catch up") { _, witness in witness.isCaughtUp = false },
    Fault(says: "was refused, and is stored") { _, witness in witness.refused = ["q"] },
    Fault(says: "unknown [\"q\"]") { stored, _ in stored.messages[0].id = "p" },
  ])
  func faultsAreTold(fault: Fault) throws {
    var (stored, witness) = (Self.stored(), try Self.witness())
    fault.make(&stored, &witness)
    let told = differences(stored, [witness])
    #expect(told.contains { $0.contains(fault.says) }, "\(told)")
  }
}
