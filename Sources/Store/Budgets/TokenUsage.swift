/// Somebody who uses tokens on a site.
package struct Spender: Hashable, Sendable {
  package let site: Int64
  package let kind: SpenderKind
  /// What its sessions are known by; empty for the site as a whole.
  package let owner: [UInt8]

  package init(site: Int64, kind: SpenderKind, owner: [UInt8]) {
    self.site = site
    self.kind = kind
    self.owner = kind == .site ? [] : owner
  }
}

/// Tokens that were used since they were last stored.
package struct TokenUsage: Sendable, Equatable {
  package struct Place: Hashable, Sendable {
    package let spender: Spender
    /// In UTC, counted since 1970.
    package let day: Int64
  }

  package private(set) var tokens: [Place: Int64] = [:]

  package init() {}

  package var isEmpty: Bool { tokens.isEmpty }

  /// Somebody has used some: they count for the site too.
  package mutating func note(_ count: Int64, by spender: Spender, on day: Int64) {
    guard count > 0 else { return }
    tokens[Place(spender: spender, day: day), default: 0] += count
    tokens[Place(spender: Spender(site: spender.site, kind: .site, owner: []), day: day), default: 0] += count
  }

  /// Takes back what could not be stored.
  package mutating func add(_ other: TokenUsage) {
    for (place, count) in other.tokens { tokens[place, default: 0] += count }
  }
}
