import JSONWire
import SeededRandom
import Testing

@testable import Agents
@testable import ChaosKit

@Suite struct QuestionTests {
  /// The expected answers are those that the agent gives.
  @Test func answersAreTheAgents() throws {
    var generator = SeededGenerator("questions")
    for _ in 0..<500 {
      let question = Question.random(using: &generator)
      let script = try Script(question.content)
      #expect(script.chunks.joined().utf8.elementsEqual(question.answer), "\(question)")
      #expect((1...32_768).contains(question.content.utf8.count))
      #expect(!question.content.utf8.contains(0))
    }
  }

  @Test func idsAreCanonicalUUIDs() {
    var generator = SeededGenerator(seed: 7)
    let id = Question.uuid(using: &generator)
    let parts = id.split(separator: "-")
    #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
    #expect(parts[2].hasPrefix("4"))
    #expect(["8", "9", "a", "b"].contains(parts[3].prefix(1)))
    #expect(id == id.lowercased())
    #expect(Question.uuid(using: &generator) != id)
  }

  @Test func aSeedAlwaysAsksTheSame() {
    var (one, two) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3))
    for _ in 0..<50 { #expect(Question.random(using: &one) == Question.random(using: &two)) }
  }
}
