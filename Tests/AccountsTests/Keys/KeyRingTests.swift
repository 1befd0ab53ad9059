import Accounts
import JSONWire
import SeededRandom
import Testing

@Suite struct KeyRingTests {
  static func rules(period: Int64 = 1000, notice: Int64 = 50, keep: Int64 = 200) -> KeyRing.Rules {
    var rules = KeyRing.Rules()
    (rules.period, rules.notice, rules.keep) = (period, notice, keep)
    return rules
  }

  @Test func aNewKeySignsAfterItsNotice() throws {
    let (old, new) = (SigningKey.random(), SigningKey.random())
    var ring = KeyRing(rules: Self.rules())
    #expect(ring.signingKey(now: 0) == nil && ring.needsKey(now: 0))
    ring.insert(.init(key: old, madeAt: 0))
    // The very first key signs at once.
    #expect(ring.signingKey(now: 0)?.id == old.id)
    #expect(!ring.needsKey(now: 999) && ring.needsKey(now: 1000))
    ring.insert(.init(key: new, madeAt: 1000))
    #expect(!ring.needsKey(now: 1001))
    #expect(ring.signingKey(now: 1049)?.id == old.id)
    #expect(ring.signingKey(now: 1050)?.id == new.id)
    #expect(ring.verifiers.map(\.id) == [new.id, old.id])
    #expect(ring.drop(now: 1249) == [])
    #expect(ring.drop(now: 1250) == [old.id])
    #expect(ring.entries.map(\.key.id) == [new.id])
  }

  @Test func aKeyIsInTheRingOnce() {
    let key = SigningKey.random()
    let ring = KeyRing([.init(key: key, madeAt: 0), .init(key: key, madeAt: 5)])
    #expect(ring.entries.count == 1)
  }

  @Test func othersCanVerifyWithThePublishedSet() throws {
    let ring = KeyRing([.init(key: .random(), madeAt: 0), .init(key: .random(), madeAt: 1)])
    let set = try JWKSet(parsing: ring.jwks.bytes)
    #expect(set.keys.map(\.id) == ring.verifiers.map(\.id) && set.omitted.isEmpty)
    let key = try #require(ring.signingKey(now: 0))
    let token = key.sign(JSONObject([("sub", "u"), ("exp", 100)]), type: "JWT")
    #expect(try JWTVerifier(keys: set.keys, rules: .init()).verify(token, now: 0).subject == "u")
  }

  @Test func keysAreStoredByTheirSeed() throws {
    let key = SigningKey.random()
    let again = try SigningKey(seed: key.seed)
    #expect(again.id == key.id && again.publicKey == key.publicKey)
    #expect(throws: JWTKeyError.invalid) { try SigningKey(seed: [1, 2, 3]) }
    var dumped = "\(key) \(String(reflecting: key))"
    dump(key, to: &dumped)
    #expect(!dumped.contains(Base64URL.encode(key.seed)))
  }

  /// Several servers with one store, each of which reads it at least once within the notice: no token that is valid is
  /// ever refused by any of them.
  @Test func rotationRefusesNoValidToken() throws {
    var random = SeededGenerator("rotationRefusesNoValidToken")
    let rules = Self.rules()
    let issuer = AccessToken.Issuer(name: "https://chat.example", lifetime: 150, leeway: 0)
    var store: [KeyRing.Entry] = []
    var rings = [KeyRing](repeating: KeyRing(rules: rules), count: 3)
    var readAt = [Int64](repeating: -1000, count: 3)
    var tokens: [(text: String, expires: Int64)] = []
    var made = 0
    for now in stride(from: Int64(0), to: 8000, by: 7) {
      for server in rings.indices where now - readAt[server] > 40 || Int.random(in: 0..<10, using: &random) == 0 {
        rings[server] = KeyRing(store, rules: rules)
        if rings[server].needsKey(now: now) {
          store.append(.init(key: .random(), madeAt: now))
          made += 1
          rings[server] = KeyRing(store, rules: rules)
        }
        let dropped = rings[server].drop(now: now)
        store.removeAll { dropped.contains($0.key.id) }
        readAt[server] = now
      }
      let signer = Int.random(in: rings.indices, using: &random)
      // Before its first reading a server has no key.
      guard let key = rings[signer].signingKey(now: now) else { continue }
      tokens.append((issuer.make(user: "u", role: .member, login: "l", key: key, now: now), now + 150))
      tokens.removeAll { $0.expires <= now }
      for token in tokens.shuffled(using: &random).prefix(3) {
        let server = Int.random(in: rings.indices, using: &random)
        guard now > 50 else { continue }
        #expect(throws: Never.self) { try issuer.verify(token.text, ring: rings[server], now: now) }
      }
    }
    #expect((8...12).contains(made))
    #expect(store.count <= 2)
  }
}

@Suite struct AccessTokenTests {
  static let now: Int64 = 1_800_000_000
  let issuer = AccessToken.Issuer(name: "https://chat.example", lifetime: 900, leeway: 30)
  let ring = KeyRing([.init(key: .random(), madeAt: 0)])

  @Test func saysWhatItWasMadeOf() throws {
    let key = try #require(ring.signingKey(now: Self.now))
    let first = issuer.make(user: "u-1", role: .admin, login: "l-1", key: key, now: Self.now)
    let token = try issuer.verify(first, ring: ring, now: Self.now + 900)
    #expect(token.user == "u-1" && token.role == .admin && token.login == "l-1" && token.expires == Self.now + 900)
    let second = issuer.make(user: "u-1", role: .admin, login: "l-1", key: key, now: Self.now)
    #expect(try issuer.verify(second, ring: ring, now: Self.now).id != token.id)
    #expect(code { try issuer.verify(first, ring: ring, now: Self.now + 930) } == .expired)
  }

  @Test func takesNothingElseOfTheSameKeys() throws {
    let key = try #require(ring.signingKey(now: Self.now))
    let token = issuer.make(user: "u", role: .owner, login: "l", key: key, now: Self.now)
    let claims = try JWTClaims(JWS(compact: token, limit: 2048).payload).all
    func judge(_ type: String = "at+jwt", _ change: (inout JSONObject) -> Void) -> JWTError.Code? {
      var claims = claims
      change(&claims)
      let other = key.sign(claims, type: type)
      return code { try issuer.verify(other, ring: ring, now: Self.now) }
    }
    #expect(judge { _ in } == nil)
    #expect(judge("JWT") { _ in } == .wrongType)
    for name in ["iss", "aud", "sub", "exp", "iat", "jti", "role", "sid"] {
      #expect(judge { $0[name] = nil } == .missingClaim, "\(name)")
    }
    #expect(judge { $0["role"] = "root" } == .missingClaim)
    #expect(judge { $0["iss"] = "https://other.example" } == .wrongIssuer)
    #expect(judge { $0["aud"] = "https://other.example" } == .wrongAudience)
    let other = AccessToken.Issuer(name: "https://other.example")
    #expect(code { try other.verify(token, ring: ring, now: Self.now) } == .wrongIssuer)
    #expect(code { try issuer.verify(token, ring: KeyRing(), now: Self.now) } == .unknownKey)
    let stranger = issuer.make(user: "u", role: .owner, login: "l", key: .random(), now: Self.now)
    #expect(code { try issuer.verify(stranger, ring: ring, now: Self.now) } == .unknownKey)
  }

  @Test func rolesAreInOrder() {
    #expect(UserRole.allCases.sorted() == [.member, .operates, .admin, .owner])
    #expect(UserRole(rawValue: "operator") == .operates)
  }
}
