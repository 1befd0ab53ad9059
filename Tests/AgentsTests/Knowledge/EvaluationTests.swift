import Testing

@testable import Agents

/// How well questions are answered, as a number.
@Suite struct EvaluationTests {
  private func finding(_ path: String, _ anchor: String = "", document: String = "T") -> KnowledgeSearch.Finding {
    KnowledgeSearch.Finding(
      title: document, link: "", text: "", path: path, anchor: anchor, document: document, coverage: 1)
  }

  @Test func placesAreCounted() async throws {
    let questions = try Evaluation.questions(
      Array(
        """
        {"question": "one", "expected": ["a.md#x"]}

        {"question": "two", "expected": ["nowhere", "Title"]}
        {"question": "three", "expected": ["c.md#z"]}
        {"question": "four", "expected": ["a.md"]}
        """.utf8))
    let evaluation = try await Evaluation(of: questions) { question, limit in
      switch question {
      case "one": [finding("a.md", "x")]
      // Two passages of one section are one place.
      case "two": [finding("a.md", "x"), finding("a.md", "x"), finding("b.md", "y", document: "Title")]
      case "three": (0..<limit).map { finding("d.md", "\($0)") } + [finding("c.md", "z")]
      default: (0..<4).map { finding("d.md", "\($0)") } + [finding("a.md", "q")]
      }
    }
    #expect(evaluation.results.map(\.place) == [1, 2, nil, 5])
    #expect(evaluation.hits(within: 1) == 0.25 && evaluation.hits(within: 3) == 0.5)
    #expect(evaluation.hits(within: 10) == 0.75 && evaluation.meanReciprocalRank == (1 + 0.5 + 0.2) / 4)
    #expect(evaluation.text.contains("hit@1:     25.0 %") && evaluation.text.contains("not found: three"))
  }

  @Test func badLinesAreNamed() {
    for (text, number) in [
      ("{\"question\": \"a\", \"expected\": [\"b\"]}\n[]", 2), ("{\"expected\": [\"b\"]}", 1),
      ("\n{\"question\": \"a\", \"expected\": []}", 2), ("{\"question\": \"a\"", 1), ("\n\n", 1),
    ] {
      do throws(Evaluation.BadLine) {
        _ = try Evaluation.questions(Array(text.utf8))
        Issue.record("\(text) was read")
      } catch {
        #expect(error.number == number)
      }
    }
  }
}
