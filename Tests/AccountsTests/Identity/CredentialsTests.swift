import JSONWire
import Testing

@testable import Accounts

/// Who bears which credential, on sites of every mode.
@Suite struct CredentialsTests {
  private static let now: Int64 = 1_800_000_000
  // Its key is only read.
  private nonisolated(unsafe) static let signer = TestSigner(.es256)
  private static let key = SigningKey.random()
  private static let issuer = AccessToken.Issuer(name: "skein:test")
  private static let secret = "a secret of the shop's own server"

  private static func credentials(
    keys: [[UInt8]: APIKeyGrant] = [:], ended: Set<String> = [], standings: [Int64: Credentials.Standing] = [:]
  ) -> Credentials {
    Credentials(
      version: 1, issuer: issuer, ring: KeyRing([KeyRing.Entry(key: key, madeAt: now - 1000)]), keys: keys,
      endedLogins: ended, standings: standings)
  }

  private static func site(
    _ mode: IdentityMode, issuer: String? = nil, audience: String? = nil
  ) throws -> (id: Int64, identity: SiteIdentity) {
    let keys = [try JWTKey(secret: Array(secret.utf8)), try signer.verifier(id: "k1")]
    return (7, SiteIdentity(mode: mode, keys: keys, issuer: issuer, audience: audience))
  }

  private static func access(_ role: UserRole = .member, user: String = "17", now: Int64 = now) -> String {
    issuer.make(user: user, role: role, login: "5", key: key, now: now)
  }

  private static func claims(_ more: [(String, JSONValue)] = [], subject: String = "customer 1") -> JSONObject {
    JSONObject([("sub", .string(subject)), ("exp", .int(now + 60))] + more)
  }

  /// HS256 as the site's own server makes it.
  private static func signed(_ claims: JSONObject) -> String {
    let header = JSONObject([("alg", "HS256"), ("typ", "JWT")])
    return JWS.compact(header: header, payload: claims) { Sodium.hmac($0, key: Array(secret.utf8)) }
  }

  enum Given: CaseIterable { case anonymous, identified, member, operates }

  private static func text(_ given: Given) -> String {
    switch given {
    case .anonymous: String(repeating: "a", count: 43)
    case .identified: signed(claims())
    case .member: access()
    case .operates: access(.operates)
    }
  }

  @Test(arguments: IdentityMode.allCases, Given.allCases)
  func eachModeTakesItsOwn(_ mode: IdentityMode, _ given: Given) throws {
    let site = try Self.site(mode)
    let outcome = Result { () throws(CredentialError) in
      try Self.credentials().bearer(of: Self.text(given), on: site, now: Self.now)
    }
    let expected: Bool
    switch (mode, given) {
    case (.anonymous, .identified), (.required, .anonymous), (.required, .member): expected = false
    default: expected = true
    }
    #expect(((try? outcome.get()) != nil) == expected, "\(outcome)")
    guard case .success(let bearer) = outcome else { return }
    #expect(bearer.owner.count == 32)
    switch given {
    case .anonymous: #expect(bearer.kind == .anonymous && !bearer.isIdentified)
    case .identified: #expect(bearer.subject == "customer 1" && bearer.expires == Self.now + 60 && bearer.user == nil)
    case .member: #expect(bearer.kind == .user(id: 17, role: .member, login: "5"))
    case .operates: #expect(bearer.kind == .user(id: 17, role: .operates, login: "5"))
    }
  }

  /// What a person owns is found by it alone: by no other person, site or kind of credential.
  @Test func ownersDiffer() throws {
    let (credentials, shop) = (Self.credentials(), try Self.site(.signed))
    let bank = (id: Int64(8), identity: shop.identity)
    let owner = { (text: String, site: (Int64, SiteIdentity)) in
      try credentials.bearer(of: text, on: site, now: Self.now).owner
    }
    let one = try owner(Self.signed(Self.claims()), shop)
    #expect(try one == owner(Self.signer.token(Self.claims(), header: [("kid", "k1")]), shop))
    let others = [
      try owner(Self.signed(Self.claims(subject: "customer 2")), shop), try owner(Self.signed(Self.claims()), bank),
      try owner(Self.signed(Self.claims(subject: "17")), shop), try owner(Self.access(), shop),
      try owner(Self.access(user: "18"), shop), try owner(String(repeating: "a", count: 43), shop),
    ]
    #expect(Set(others + [one]).count == others.count + 1)
    #expect(try owner(Self.access(), shop) == owner(Self.access(.admin), bank))
  }

  @Test func tellsWhatIsKnownOfAPerson() throws {
    let text = Self.signed(Self.claims([("name", "Ada"), ("email", "ada@example.com")]))
    let bearer = try Self.credentials().bearer(of: text, on: try Self.site(.signed), now: Self.now)
    #expect(bearer.name == "Ada" && bearer.email == "ada@example.com")
  }

  /// Tokens that must not be taken, each by its one fault.
  static let faults: [(String, String, CredentialError)] = {
    let other = TestSigner(.es256)
    return [
      ("no token", "short", .malformed), ("a dot", "a.b", .malformed), ("three dots", "a.b.c.d", .malformed),
      ("no base64url", "!.!.!", .refused("the token is not three parts of base64url")),
      ("expired", signed(JSONObject([("sub", "x"), ("exp", .int(now - 60))])), .expired),
      ("no end", signed(JSONObject([("sub", "x")])), .refused("the token lacks a claim")),
      ("nobody", signed(JSONObject([("exp", .int(now + 60))])), .refused("the token lacks a claim")),
      ("another key", other.token(claims(), header: [("kid", "k1")]), .refused("the token's signature is wrong")),
      ("unknown key", signer.token(claims(), header: [("kid", "k2")]), .unknownKey("no key fits the token")),
      (
        "no signature", "eyJhbGciOiJub25lIn0." + Base64URL.encode(JSONValue.object(claims()).bytes) + ".",
        .refused("the token's algorithm is not supported")
      ),
      ("an old access token", access(now: now - 1000), .expired),
      (
        "an access token of another deployment",
        AccessToken.Issuer(name: "skein:other").make(user: "17", role: .owner, login: "5", key: key, now: now),
        .refused("the token is of another issuer")
      ),
      (
        "an access token that the site's own server has signed",
        JWS.compact(
          header: JSONObject([("alg", "HS256"), ("typ", "at+jwt")]),
          payload: claims([("iss", "skein:test"), ("aud", "skein:test"), ("role", "owner"), ("sid", "5")])
        ) { Sodium.hmac($0, key: Array(secret.utf8)) }, .unknownKey("no key fits the token")
      ),
      ("an access token without its type", key.sign(claims(), type: "JWT"), .unknownKey("no key fits the token")),
      ("a key that nobody has", APIKey.random().text, .refused("this key is not valid")),
    ]
  }()

  @Test(arguments: faults)
  func refuses(_ what: String, _ text: String, _ expected: CredentialError) throws {
    let site = try Self.site(.signed)
    #expect(throws: expected, "\(what)") { try Self.credentials().bearer(of: text, on: site, now: Self.now) }
  }

  @Test func issuerAndAudienceAreTheSites() throws {
    let site = try Self.site(.signed, issuer: "https://shop.example", audience: "chat")
    let bearer = { (claims: [(String, JSONValue)]) in
      try Self.credentials().bearer(of: Self.signed(Self.claims(claims)), on: site, now: Self.now)
    }
    _ = try bearer([("iss", "https://shop.example"), ("aud", ["shop", "chat"])])
    #expect(throws: CredentialError.refused("the token is of another issuer")) { try bearer([("aud", "chat")]) }
    #expect(throws: CredentialError.refused("the token is for another audience")) {
      try bearer([("iss", "https://shop.example"), ("aud", "shop")])
    }
  }

  @Test func keysAreGoodOnTheirSitesInTheirTime() throws {
    let key = APIKey.random()
    let grant = { (site: Int64?, expires: Int64?) in
      APIKeyGrant(id: 3, prefix: key.shown, site: site, scopes: [.chat], expires: expires)
    }
    let bearer = { (grant: APIKeyGrant) in
      try Self.credentials(keys: [key.digest: grant]).bearer(of: key.text, on: try Self.site(.required), now: Self.now)
    }
    #expect(try bearer(grant(nil, nil)).kind == .key(grant(nil, nil)))
    #expect(try bearer(grant(7, Self.now + 1)).owner == bearer(grant(nil, nil)).owner)
    #expect(throws: CredentialError.refused("this key is not valid")) { try bearer(grant(8, nil)) }
    #expect(throws: CredentialError.expired) { try bearer(grant(7, Self.now)) }
  }

  @Test func whatIsTakenBackIsGoodNoMore() throws {
    let text = Self.access(.admin)
    let bearer = try Self.credentials().bearer(of: text, now: Self.now)
    let disabled = Self.credentials(standings: [17: Credentials.Standing(role: .admin, isDisabled: true)])
    let demoted = Self.credentials(standings: [17: Credentials.Standing(role: .member, isDisabled: false)])
    let ended = Self.credentials(ended: ["5"])
    for credentials in [disabled, ended] {
      #expect(throws: CredentialError.refused("this log-in has ended")) {
        try credentials.bearer(of: text, now: Self.now)
      }
      #expect(credentials.isTakenBack(bearer))
    }
    #expect(!demoted.isTakenBack(bearer))
    #expect(try demoted.bearer(of: text, now: Self.now).kind == .user(id: 17, role: .member, login: "5"))
    // Only a user's or a server's credential is of use where no site is concerned.
    for text in [String(repeating: "a", count: 43), Self.signed(Self.claims()), ""] {
      #expect(throws: CredentialError.refused("this takes an access token, or an API key")) {
        try Self.credentials().bearer(of: text, now: Self.now)
      }
    }
  }

  @Test func onlyWhoMayBeNamelessIsGivenAToken() throws {
    for mode in IdentityMode.allCases {
      let refused = (try? Self.credentials().checkAnonymous(mode)) == nil
      #expect(refused == (mode == .required))
    }
  }
}
