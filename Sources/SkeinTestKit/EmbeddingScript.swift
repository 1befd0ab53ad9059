import JSONWire

/// Answers of a scripted service of embeddings, whose model knows some words: texts mean the same where their words are
/// of the same groups.
package struct EmbeddingScript: Sendable {
  /// Words that mean the same, in groups: each is a dimension.
  package var groups: [[String]]
  /// Dimensions beside these, in which nothing is.
  package var spare = 0

  package init(_ groups: [[String]]) { self.groups = groups }

  /// The vector of a text. One that has no word of any group is alone in its direction.
  package func vector(of text: String) -> [Double] {
    let words = text.lowercased().split { !$0.isLetter }.map(String.init)
    let counts = groups.map { group in Double(words.count { group.contains($0) }) }
    return counts + [counts.allSatisfy { $0 == 0 } ? 1 : 0.01] + [Double](repeating: 0, count: spare)
  }

  /// The texts that a request asks for.
  package static func texts(of request: ServiceRequest) -> [String] {
    (try? JSONValue(parsing: request.content))?["input"]?.array?.compactMap(\.string) ?? []
  }

  /// The model that it asks.
  package static func model(of request: ServiceRequest) -> String {
    (try? JSONValue(parsing: request.content))?["model"]?.string ?? ""
  }

  /// What answers a request. The vectors come in another order than they were asked for in, as they may.
  package func answer(_ request: ServiceRequest) -> [ServiceStep] {
    let data = Self.texts(of: request).enumerated().map { index, text -> JSONValue in
      ["object": "embedding", "index": .int(Int64(index)), "embedding": .array(vector(of: text).map { .double($0) })]
    }
    let value: JSONValue = ["object": "list", "data": .array(data.reversed())]
    return ServiceScript.whole(value.description)
  }
}
