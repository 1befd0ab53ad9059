import SeededRandom
import Testing

@testable import Agents

/// What services of embeddings answer.
@Suite struct EmbeddingFormatTests {
  @Test func vectorsComeInTheOrderOfTheTextsAndOfLengthOne() throws {
    let content = #"{"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3e0, -4.0]}]}"#
    let vectors = try EmbeddingFormat.vectors(Array(content.utf8), count: 2)
    #expect(vectors == [[0.6, -0.8], [0, 1]])
    // Some say no index.
    let plain = try EmbeddingFormat.vectors(
      Array(#"{"data": [{"embedding": [1]}, {"embedding": [-5]}]}"#.utf8), count: 2)
    #expect(plain == [[1], [-1]])
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"data": []}"#, #"{"data": [{"index": 0, "embedding": [1]}]}"#,
    #"{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}"#,
    #"{"data": [{"index": 0, "embedding": [1]}, {"index": 2, "embedding": [1]}]}"#,
    #"{"data": [{"index": -1, "embedding": [1]}, {"index": 0, "embedding": [1]}]}"#,
    #"{"data": [{"index": "0", "embedding": [1]}, {"index": 1, "embedding": [1]}]}"#,
    #"{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}"#,
    #"{"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]}"#,
    #"{"data": [{"index": 0, "embedding": [0, 0]}, {"index": 1, "embedding": [1, 0]}]}"#,
    #"{"data": [{"index": 0, "embedding": [1e400]}, {"index": 1, "embedding": [1]}]}"#,
    #"{"data": [{"index": 0, "embedding": [1e300, 1e300]}, {"index": 1, "embedding": [1, 1]}]}"#,
    #"{"data": [{"index": 0, "embedding": [null]}, {"index": 1, "embedding": [1]}]}"#,
    #"{"data": [{"index": 0, "embedding": "AACAPw=="}, {"index": 1, "embedding": "AACAPw=="}]}"#,
  ])
  func whatIsNoneIsRefused(content: String) {
    #expect(throws: ModelFailure.self) { try EmbeddingFormat.vectors(Array(content.utf8), count: 2) }
  }

  @Test func theNearestAreFoundAmongMany() {
    var generator = SeededGenerator("theNearestAreFoundAmongMany")
    // More dimensions than are multiplied at once, and some over.
    let dimensions = 21
    func vector() -> [Float] {
      let numbers = (0..<dimensions).map { _ in Float.random(in: -1...1, using: &generator) }
      let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return numbers.map { $0 / length }
    }
    let question = vector()
    let vectors = (0..<200).map { _ in vector() }
    let near = NearVector.nearest(
      to: question, keys: (0..<200).map { Int64($0) * 3 }, numbers: vectors.flatMap { $0 }, limit: 7)
    let cosines = vectors.map { one in zip(one, question).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
    let expected = cosines.indices.sorted { cosines[$0] > cosines[$1] }.prefix(7)
    #expect(near.map(\.key) == expected.map { Int64($0) * 3 })
    for (one, place) in zip(near, expected) { #expect(abs(one.likeness - cosines[place]) < 1e-5) }
    #expect(NearVector.nearest(to: [1, 0], keys: [1], numbers: [1], limit: 5).isEmpty)
    #expect(NearVector.nearest(to: [1, 0], keys: [1], numbers: [1, 0], limit: 0).isEmpty)
  }
}
