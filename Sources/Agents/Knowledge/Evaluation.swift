import JSONWire

/// How well questions find the documents' places that answer them.
package struct Evaluation: Sendable {
  /// A question, and where its answer stands.
  package struct Question: Sendable, Equatable {
    package let question: String
    /// A document's path or title, and `#` with an anchor where one passage of it is meant. Any of them will do.
    package let expected: [String]
  }

  /// A line of a file that is no question.
  package struct BadLine: Error, Equatable {
    package let number: Int
    package let reason: String
  }

  /// A question, and at which place what was expected came; nil: not at all.
  package struct Result: Sendable, Equatable {
    package let question: Question
    package let place: Int?
    /// What came first instead.
    package let first: String?
  }

  package private(set) var results: [Result] = []

  /// How many places are looked at.
  package static let depth = 10
  private static let mostPassages = 24

  /// Reads JSON Lines; empty ones are passed over.
  package static func questions(_ bytes: [UInt8]) throws(BadLine) -> [Question] {
    var questions: [Question] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let text = Array(line)
      if text.allSatisfy({ $0 <= 0x20 }) { continue }
      guard let object = (try? JSONValue(parsing: text))?.object else {
        throw BadLine(number: index + 1, reason: "it is no JSON object")
      }
      guard let question = object["question"]?.string, !question.isEmpty else {
        throw BadLine(number: index + 1, reason: "question: missing")
      }
      let expected = object["expected"]?.array?.compactMap(\.string) ?? []
      guard !expected.isEmpty else { throw BadLine(number: index + 1, reason: "expected: missing") }
      questions.append(Question(question: question, expected: expected))
    }
    guard !questions.isEmpty else { throw BadLine(number: 1, reason: "there is no question") }
    return questions
  }

  /// Asks them all.
  package init(
    of questions: [Question], _ ask: (String, Int) async throws -> [KnowledgeSearch.Finding]
  ) async throws {
    for question in questions {
      // Passages of one section are one place: it is read as a whole.
      var places: [KnowledgeSearch.Finding] = []
      for finding in try await ask(question.question, Self.mostPassages)
      where !places.contains(where: { $0.path == finding.path && $0.anchor == finding.anchor }) {
        places.append(finding)
      }
      let place = places.prefix(Self.depth).firstIndex { finding in
        question.expected.contains { Self.matches($0, finding) }
      }
      results.append(
        Result(question: question, place: place.map { $0 + 1 }, first: places.first.map { $0.path + "#" + $0.anchor }))
    }
  }

  /// The part of the questions whose expected place is among the first so many.
  package func hits(within places: Int) -> Double {
    Double(results.count { ($0.place ?? .max) <= places }) / Double(results.count)
  }

  /// The mean of the reciprocals of the places, 0 where there is none.
  package var meanReciprocalRank: Double {
    results.reduce(0) { $0 + ($1.place.map { 1 / Double($0) } ?? 0) } / Double(results.count)
  }

  /// As it is told to a person.
  package var text: String {
    func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }
    var lines = [
      "questions: \(results.count)", "hit@1:     \(percent(hits(within: 1)))", "hit@3:     \(percent(hits(within: 3)))",
      "hit@10:    \(percent(hits(within: 10)))", "MRR:       \((meanReciprocalRank * 1000).rounded() / 1000)",
    ]
    let missed = results.filter { $0.place != 1 }
    if !missed.isEmpty { lines.append("not first:") }
    for result in missed {
      let place = result.place.map { "place \($0)" } ?? "not found"
      lines.append("  \(place): \(result.question.question)")
      lines.append(
        "    expected \(result.question.expected.joined(separator: ", ")), first \(result.first ?? "nothing")")
    }
    return lines.joined(separator: "\n")
  }

  private static func matches(_ expected: String, _ finding: KnowledgeSearch.Finding) -> Bool {
    let names = [finding.path, finding.document]
    if names.contains(expected) { return true }
    guard let mark = expected.lastIndex(of: "#") else { return false }
    return names.contains(String(expected[..<mark])) && finding.anchor == expected[expected.index(after: mark)...]
  }
}
