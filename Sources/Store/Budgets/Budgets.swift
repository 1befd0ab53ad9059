package import JSONWire

/// Who uses tokens of models.
package enum SpenderKind: String, Sendable, CaseIterable {
  /// All of a site together.
  case site
  /// A visitor or a user, on a site.
  case visitor
  /// A server's key, on a site.
  case key
}

/// How many tokens of models may be used in a day, in UTC, by kind. What is missing is as it is set up elsewhere; 0 is no
/// limit.
package struct Budgets: Sendable, Equatable {
  package var tokens: [SpenderKind: Int64]

  /// The most that may be said.
  package static let most: Int64 = 1_000_000_000_000

  package init(_ tokens: [SpenderKind: Int64] = [:]) { self.tokens = tokens }

  /// From `{"site"?, "visitor"?, "key"?}`, each a whole number or null; nil for anything else.
  package init?(_ json: JSONValue) {
    guard case .object(let object) = json else { return nil }
    tokens = [:]
    for (name, value) in object.members.map({ ($0.key, $0.value) }) {
      guard let kind = SpenderKind(rawValue: name) else { return nil }
      if value.isNull { continue }
      guard let count = value.int, (0...Self.most).contains(count) else { return nil }
      tokens[kind] = count
    }
  }

  package var json: JSONValue {
    .object(
      JSONObject(
        SpenderKind.allCases.compactMap { kind in
          self.tokens[kind].map { (kind.rawValue, .int($0)) }
        }))
  }

  /// Those of a kind; 0 where it is missing.
  package subscript(kind: SpenderKind) -> Int64 {
    get { tokens[kind] ?? 0 }
    set { tokens[kind] = newValue }
  }

  /// Whether anybody is limited.
  package var isLimiting: Bool { tokens.values.contains { $0 > 0 } }
}
