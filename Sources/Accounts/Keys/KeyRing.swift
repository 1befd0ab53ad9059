package import JSONWire

/// Our signing keys: the newest that every server knows signs, older ones verify until no token of theirs can be valid.
/// A value without a clock: times are seconds since 1970, UTC.
package struct KeyRing: Sendable {
  /// When keys change, in seconds.
  package struct Rules: Sendable, Equatable {
    /// How long a key signs.
    package var period: Int64 = 30 * 86_400
    /// How long a new key is only known before it signs: each server reads the stored keys within that time.
    package var notice: Int64 = 300
    /// How long a key verifies after the next one has begun to sign: the longest life of a token, and the leeway.
    package var keep: Int64 = 3600

    /// A key a month.
    package init() {}
  }

  /// A key and when it was made.
  package struct Entry: Sendable {
    /// The key.
    package let key: SigningKey
    /// Seconds since 1970, UTC.
    package let madeAt: Int64

    /// A key that was made then.
    package init(key: SigningKey, madeAt: Int64) {
      self.key = key
      self.madeAt = madeAt
    }
  }

  /// The keys, the newest first.
  package private(set) var entries: [Entry] = []
  /// The rules.
  package let rules: Rules

  /// A ring of stored keys, in any order.
  package init(_ entries: [Entry] = [], rules: Rules = Rules()) {
    self.rules = rules
    for entry in entries { insert(entry) }
  }

  /// Adds a key that was made or read; one of the same `kid` is not added twice.
  package mutating func insert(_ entry: Entry) {
    guard !entries.contains(where: { $0.key.id == entry.key.id }) else { return }
    let place = entries.firstIndex { $0.madeAt < entry.madeAt } ?? entries.endIndex
    entries.insert(entry, at: place)
  }

  /// The key that signs: the newest whose notice is over; while there is none, the oldest. Nil for an empty ring.
  package func signingKey(now: Int64) -> SigningKey? {
    (entries.first { begins($0) <= now } ?? entries.last)?.key
  }

  /// Whether a new key should be made now: there is none, or the newest signs so long that the next one, with its
  /// notice, comes just in time.
  package func needsKey(now: Int64) -> Bool {
    entries.first.map { now >= begins($0) + rules.period - rules.notice } ?? true
  }

  /// Drops the keys whose tokens have all expired, and returns their `kid`s, so that the store drops them too.
  @discardableResult
  package mutating func drop(now: Int64) -> [String] {
    // A key has ended when the one before it in the list, which is newer, has begun to sign.
    guard let last = entries.firstIndex(where: { begins($0) <= now - rules.keep }) else { return [] }
    let dropped = entries[(last + 1)...].map(\.key.id)
    entries.removeSubrange((last + 1)...)
    return dropped
  }

  /// The keys that verify: all of the ring.
  package var verifiers: [JWTKey] { entries.map(\.key.verifier) }

  /// The ring's public keys as a set (RFC 7517 section 5), for others who verify our tokens.
  package var jwks: JSONValue { ["keys": .array(entries.map(\.key.jwk))] }

  private func begins(_ entry: Entry) -> Int64 { entry.madeAt + rules.notice }
}
