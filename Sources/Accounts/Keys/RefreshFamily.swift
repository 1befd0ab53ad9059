/// The refresh tokens of one log-in, each the follower of the one before (RFC 9700 section 4.14.2). A value without a
/// clock, for a row that is locked or compared while it changes; times are seconds since 1970, UTC.
///
/// A token is good for one rotation. When it is used again its follower is with somebody else: the family ends, and
/// both have to log in. A client that has lost the answer may repeat the same rotation for a short time, and gets the
/// very same follower, so that it can be repeated by several tabs at once.
package struct RefreshFamily: Sendable, Equatable {
  /// How long things last, in seconds.
  package struct Rules: Sendable, Equatable {
    /// For how long the last rotation may be repeated.
    package var grace: Int64 = 30
    /// A family ends when it has not been used for so long.
    package var idle: Int64 = 14 * 86_400
    /// And at this age, whatever its use.
    package var lifetime: Int64 = 90 * 86_400

    /// Two weeks without use, and a quarter of a year at most.
    package init() {}
  }

  /// The rotation that may be repeated.
  package struct Rotation: Sendable, Equatable {
    /// The SHA-256 of the token that was used.
    package let digest: [UInt8]
    /// What its follower was made with.
    package let nonce: [UInt8]
    /// When it was used.
    package let usedAt: Int64

    /// A stored rotation.
    package init(digest: [UInt8], nonce: [UInt8], usedAt: Int64) {
      self.digest = digest
      self.nonce = nonce
      self.usedAt = usedAt
    }
  }

  /// Why a family has ended.
  package enum End: String, Sendable {
    /// The user has logged out, or an admin has ended it.
    case revoked
    /// A used token came again.
    case reused
  }

  /// Why a token is refused. A client is told the same for each; they differ for the audit.
  package enum Refusal: Error, Equatable, Sendable {
    /// A token of another family.
    case unknown
    /// The family is too old, or was not used for too long.
    case expired
    /// The family has ended before.
    case ended(End)
    /// A used token: the family has ended now.
    case reused
  }

  /// What becomes of a token that is presented.
  package enum Outcome: Sendable, Equatable {
    /// It was current; the follower is to be stored and then given.
    case rotated(RefreshToken)
    /// The last rotation again; the same follower is to be given, nothing has changed.
    case repeated(RefreshToken)
    /// Nothing is given. After `reused` the family is to be stored.
    case refused(Refusal)
  }

  /// The SHA-256 of the log-in's name: what the row is found by.
  package let id: [UInt8]
  /// When the user has logged in.
  package let madeAt: Int64
  /// The SHA-256 of the only token that rotates.
  package private(set) var current: [UInt8]
  /// The last rotation.
  package private(set) var last: Rotation?
  /// Why it has ended, if it has.
  package private(set) var end: End?

  /// A stored family.
  package init(id: [UInt8], madeAt: Int64, current: [UInt8], last: Rotation?, end: End?) {
    self.id = id
    self.madeAt = madeAt
    self.current = current
    self.last = last
    self.end = end
  }

  /// The family of a new log-in, whose first token this is.
  package init(first token: RefreshToken, now: Int64) {
    self.init(id: token.family, madeAt: now, current: token.digest, last: nil, end: nil)
  }

  /// Judges a token that was presented, and rotates or ends the family.
  package mutating func present(_ token: RefreshToken, now: Int64, rules: Rules = Rules()) -> Outcome {
    present(token, now: now, rules: rules, nonce: Sodium.random(32))
  }

  /// As above with a given nonce of 32 random bytes, for tests that are replayed.
  package mutating func present(_ token: RefreshToken, now: Int64, rules: Rules, nonce: [UInt8]) -> Outcome {
    guard SHA256.equal(token.family, id) else { return .refused(.unknown) }
    if let end { return .refused(.ended(end)) }
    guard !hasExpired(now: now, rules: rules) else { return .refused(.expired) }
    let digest = token.digest
    if SHA256.equal(digest, current) {
      let follower = token.successor(nonce: nonce)
      last = Rotation(digest: digest, nonce: nonce, usedAt: now)
      current = follower.digest
      return .rotated(follower)
    }
    // The last rotation is no longer the last as soon as its follower has been used.
    if let last, SHA256.equal(digest, last.digest), now - last.usedAt <= rules.grace {
      return .repeated(token.successor(nonce: last.nonce))
    }
    end = .reused
    last = nil
    return .refused(.reused)
  }

  /// Ends the family: a log-out. Nothing changes where it has ended before.
  package mutating func revoke() {
    guard end == nil else { return }
    end = .revoked
    last = nil
  }

  /// Whether it is too old, or was not used for too long; such a row may be deleted.
  package func hasExpired(now: Int64, rules: Rules = Rules()) -> Bool {
    now - madeAt >= rules.lifetime || now - (last?.usedAt ?? madeAt) >= rules.idle
  }
}
