import Accounts
import JSONWire
import SeededRandom
import Testing

@Suite struct JWTVectorTests {
  /// The examples' `exp`.
  static let expires: Int64 = 1_300_819_380

  @Test(arguments: [JWTAlgorithm.hs256, .rs256, .es256])
  func verifiesTheExamplesOfRFC7515(_ algorithm: JWTAlgorithm) throws {
    var rules = JWTVerifier.Rules(issuers: ["joe"])
    rules.required = [.expires]
    rules.leeway = 0
    let verifier = JWTVerifier(keys: [try Vectors.key(algorithm)], rules: rules)
    let claims = try verifier.verify(Vectors.token(algorithm), now: Self.expires - 1)
    #expect(claims.issuer == "joe" && claims.expires == Self.expires && claims.subject == nil)
    #expect(claims.all["http://example.com/is_root"] == true)
    #expect(code { try verifier.verify(Vectors.token(algorithm), now: Self.expires) } == .expired)
  }

  @Test func verifiesTheExampleOfRFC8037() throws {
    let signed = try JWS(compact: Vectors.edDSA, limit: 1000)
    #expect(try Vectors.key(.edDSA).verifies(signed.signature, of: signed.signingInput))
    #expect(String(decoding: signed.payload, as: UTF8.self) == "Example of Ed25519 signing")
    // Its payload is no JSON.
    let verifier = JWTVerifier(keys: [try Vectors.key(.edDSA)], rules: .init())
    #expect(code { try verifier.verify(Vectors.edDSA, now: 0) } == .malformed)
  }

  @Test func signsTheExampleOfRFC8037() throws {
    let key = try SigningKey(seed: Vectors.bytes(Vectors.seed))
    #expect(key.publicKey == Vectors.bytes(Vectors.ed25519))
    #expect(key.id == Vectors.thumbprint)
    #expect(key.seed == Vectors.bytes(Vectors.seed))
  }

  @Test func refusesTheUnsecuredExample() throws {
    let keys = try JWTAlgorithm.allCases.map { try Vectors.key($0) }
    let verifier = JWTVerifier(keys: keys, rules: .init())
    #expect(code { try verifier.verify(Vectors.none, now: 0) } == .unsupported)
  }

  /// Every character of every part of each example, changed to another of the alphabet.
  @Test(arguments: JWTAlgorithm.allCases)
  func refusesAnyOtherCharacter(_ algorithm: JWTAlgorithm) throws {
    let key = try Vectors.key(algorithm)
    let token = Array(Vectors.token(algorithm).utf8)
    for place in token.indices {
      var other = token
      other[place] = other[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      guard let signed = try? JWS(compact: String(decoding: other, as: UTF8.self), limit: 1000) else { continue }
      #expect(!key.verifies(signed.signature, of: signed.signingInput), "at \(place)")
    }
  }

  @Test(arguments: JWTAlgorithm.allCases)
  func refusesSignaturesOfOtherLengths(_ algorithm: JWTAlgorithm) throws {
    let key = try Vectors.key(algorithm)
    let signed = try JWS(compact: Vectors.token(algorithm), limit: 1000)
    #expect(key.verifies(signed.signature, of: signed.signingInput))
    let lengths = [[], Array(signed.signature.dropLast()), signed.signature + [0], [0] + signed.signature]
    let zeros = [UInt8](repeating: 0, count: signed.signature.count)
    for signature in lengths + [zeros] { #expect(!key.verifies(signature, of: signed.signingInput)) }
  }
}

@Suite struct JWTVerifierTests {
  static let now: Int64 = 1_800_000_000
  static let good = JSONObject([("sub", "u1"), ("exp", .int(now + 600))])

  static func verifier(_ signer: TestSigner, _ change: (inout JWTVerifier.Rules) -> Void = { _ in }) throws
    -> JWTVerifier
  {
    var rules = JWTVerifier.Rules()
    change(&rules)
    return JWTVerifier(keys: [try signer.verifier()], rules: rules)
  }

  /// Claims, and what comes of them with a leeway of 60 s, the issuer `site`, the audience `skein` and all that asks
  /// for.
  static let cases: [(String, JWTError.Code?)] = [
    (#"{"sub":"u","exp":1800000001,"iss":"site","aud":"skein"}"#, nil),
    (#"{"sub":"u","exp":1800000001.5,"iss":"site","aud":["x","skein"]}"#, nil),
    (#"{"sub":"u","exp":18e8,"iss":"site","aud":["skein"]}"#, nil),
    (#"{"sub":"u","exp":1799999941,"iss":"site","aud":"skein"}"#, nil),
    (#"{"sub":"u","exp":1799999940,"iss":"site","aud":"skein"}"#, .expired),
    (#"{"sub":"u","exp":1799999940.9,"iss":"site","aud":"skein"}"#, .expired),
    (#"{"sub":"u","exp":-1,"iss":"site","aud":"skein"}"#, .expired),
    (#"{"sub":"u","exp":1800000100,"nbf":1800000060,"iss":"site","aud":"skein"}"#, nil),
    (#"{"sub":"u","exp":1800000100,"nbf":1800000061,"iss":"site","aud":"skein"}"#, .notYetValid),
    (#"{"sub":"u","exp":1800000100,"nbf":1800000060.1,"iss":"site","aud":"skein"}"#, .notYetValid),
    (#"{"sub":"u","exp":1800000100,"iat":1800000060,"iss":"site","aud":"skein"}"#, nil),
    (#"{"sub":"u","exp":1800000100,"iat":1800000061,"iss":"site","aud":"skein"}"#, .notYetValid),
    (#"{"sub":"u","exp":1800000100,"iss":"Site","aud":"skein"}"#, .wrongIssuer),
    (#"{"sub":"u","exp":1800000100,"aud":"skein"}"#, .wrongIssuer),
    (#"{"sub":"u","exp":1800000100,"iss":"site","aud":"other"}"#, .wrongAudience),
    (#"{"sub":"u","exp":1800000100,"iss":"site","aud":[]}"#, .wrongAudience),
    (#"{"sub":"u","exp":1800000100,"iss":"site"}"#, .wrongAudience),
    (#"{"exp":1800000100,"iss":"site","aud":"skein"}"#, .missingClaim),
    (#"{"sub":"u","iss":"site","aud":"skein"}"#, .missingClaim),
    (#"{"sub":"u","exp":null,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":"1800000100","iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":9007199254740993,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":9223372036854775807,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":1e300,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":1e400,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"","exp":1800000100,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":1,"exp":1800000100,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"a\u0000","exp":1800000100,"iss":"site","aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":1800000100,"iss":["site"],"aud":"skein"}"#, .malformed),
    (#"{"sub":"u","exp":1800000100,"iss":"site","aud":["skein",1]}"#, .malformed),
    (#"{"sub":"u","exp":1800000100,"iss":"site","aud":"skein","sub":"v"}"#, .malformed),
    (#"{"sub":"u","exp":1800000100,"iss":"site","aud":"skein"} x"#, .malformed),
    (#"["sub"]"#, .malformed), ("", .malformed), ("{", .malformed),
  ]

  @Test(arguments: cases)
  func judgesClaims(_ payload: String, _ expected: JWTError.Code?) throws {
    let signer = TestSigner(.hs256)
    let verifier = try Self.verifier(signer) { rules in
      (rules.issuers, rules.audiences) = (["site"], ["skein"])
    }
    let token = signer.token(header: Array(#"{"alg":"HS256"}"#.utf8), payload: Array(payload.utf8))
    #expect(code { try verifier.verify(token, now: Self.now) } == expected)
  }

  /// Headers, well signed by HS256, and what comes of them.
  static let headers: [(String, JWTError.Code?)] = [
    (#"{"alg":"HS256"}"#, nil), (#"{"alg":"HS256","typ":"JWT"}"#, nil), (#"{"alg":"HS256","typ":"jwt"}"#, nil),
    (#"{"alg":"HS256","typ":"application/JWT"}"#, nil), (#"{"alg":"HS256","typ":"at+jwt"}"#, .wrongType),
    (#"{"alg":"HS256","typ":1}"#, .malformed), (#"{"alg":"HS256","kid":"any"}"#, nil),
    (#"{"alg":"HS256","kid":null}"#, .malformed), (#"{"alg":"HS256","crit":["exp"]}"#, .unsupported),
    (#"{"alg":"HS256","crit":[]}"#, .unsupported), (#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, .unsupported),
    (#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"},"jku":"http://x"}"#, nil),
    (#"{"alg":"none"}"#, .unsupported), (#"{"alg":"None"}"#, .unsupported), (#"{"alg":"hs256"}"#, .unsupported),
    (#"{"alg":"HS384"}"#, .unsupported), (#"{"alg":"HS512"}"#, .unsupported), (#"{"alg":""}"#, .unsupported),
    (#"{"alg":"RS256"}"#, .unknownKey), (#"{"alg":"ES256"}"#, .unknownKey), (#"{"alg":"EdDSA"}"#, .unknownKey),
    (#"{"alg":1}"#, .malformed), (#"{"typ":"JWT"}"#, .malformed), (#"{"alg":"none","alg":"HS256"}"#, .malformed),
    (#"{"alg":"HS256"}{}"#, .malformed), ("[]", .malformed), ("", .malformed),
    ("\u{FEFF}{\"alg\":\"HS256\"}", .malformed),
  ]

  @Test(arguments: headers)
  func judgesHeaders(_ header: String, _ expected: JWTError.Code?) throws {
    let signer = TestSigner(.hs256)
    let token = signer.token(header: Array(header.utf8), payload: JSONValue.object(Self.good).bytes)
    #expect(code { try Self.verifier(signer).verify(token, now: Self.now) } == expected)
  }

  /// What somebody makes of a good token `T` of parts `H.P.S`.
  static let forms: [(String, @Sendable (String, [String]) -> String)] = [
    ("nothing", { _, _ in "" }), ("dots", { _, _ in ".." }), ("two parts", { _, parts in parts[0] + "." + parts[1] }),
    ("four parts", { token, _ in token + ".A" }), ("five parts of a JWE", { token, _ in token + ".A.A" }),
    ("a dot before", { token, _ in "." + token }), ("padding", { token, _ in token + "=" }),
    ("a space behind", { token, _ in token + " " }), ("a line end behind", { token, _ in token + "\n" }),
    ("a space before", { token, _ in " " + token }), ("a NUL behind", { token, _ in token + "\0" }),
    ("Bearer", { token, _ in "Bearer " + token }),
    ("base64's alphabet", { _, parts in parts[0] + "." + parts[1] + "+." + parts[2] }),
    ("an impossible length", { _, parts in parts[0] + "." + parts[1] + "." + String(parts[2].dropLast(2)) }),
    ("bits behind the end", { _, parts in parts[0] + "." + parts[1] + "." + parts[2].dropLast() + "_" }),
    ("too long", { token, _ in token + String(repeating: "A", count: 8192) }),
  ]

  @Test(arguments: forms.map(\.0))
  func refusesOtherForms(_ name: String) throws {
    let signer = TestSigner(.hs256)
    let token = signer.token(Self.good)
    let verifier = try Self.verifier(signer)
    #expect(code { try verifier.verify(token, now: Self.now) } == nil)
    let form = try #require(Self.forms.first { $0.0 == name }?.1)
    let other = form(token, token.split(separator: ".").map(String.init))
    #expect(code { try verifier.verify(other, now: Self.now) } == .malformed)
  }

  @Test func refusesASignatureThatIsLeftOut() throws {
    let signer = TestSigner(.hs256)
    let token = signer.token(Self.good)
    let cut = token.split(separator: ".").dropLast().joined(separator: ".") + "."
    #expect(code { try Self.verifier(signer).verify(cut, now: Self.now) } == .badSignature)
  }

  /// The classic confusion: a public key's text taken for a shared secret (RFC 8725 section 2.1).
  @Test(arguments: [JWTAlgorithm.rs256, .es256, .edDSA])
  func aPublicKeyIsNoSharedSecret(_ algorithm: JWTAlgorithm) throws {
    let signer = TestSigner(algorithm)
    let attacker = TestSigner(.hs256)
    let token = attacker.token(Self.good)
    #expect(code { try Self.verifier(signer).verify(token, now: Self.now) } == .unknownKey)
  }

  /// Each algorithm's name over each other's signature.
  @Test func theKeyFixesTheAlgorithm() throws {
    for real in JWTAlgorithm.allCases {
      let signer = TestSigner(real)
      for told in JWTAlgorithm.allCases where told != real {
        let header = JSONValue.object(JSONObject([("alg", .string(told.rawValue))])).bytes
        let token = signer.token(header: header, payload: JSONValue.object(Self.good).bytes)
        let all = try JWTAlgorithm.allCases.map { try ($0 == real ? signer : TestSigner($0)).verifier() }
        let verifier = JWTVerifier(keys: all, rules: .init())
        #expect(code { try verifier.verify(token, now: Self.now) } == .badSignature)
        #expect(code { try Self.verifier(signer).verify(token, now: Self.now) } == .unknownKey)
      }
    }
  }

  @Test func findsKeysByTheirID() throws {
    let signers = [TestSigner(.edDSA), TestSigner(.edDSA), TestSigner(.es256)]
    let keys = try zip(signers, ["a", "b", "a"]).map { try $0.verifier(id: $1) }
    let verifier = JWTVerifier(keys: keys, rules: .init())
    func judge(_ signer: Int, _ header: [(String, JSONValue)]) -> JWTError.Code? {
      code { try verifier.verify(signers[signer].token(Self.good, header: header), now: Self.now) }
    }
    #expect(judge(0, [("kid", "a")]) == nil)
    #expect(judge(1, [("kid", "b")]) == nil)
    #expect(judge(2, [("kid", "a")]) == nil)
    #expect(judge(0, [("kid", "b")]) == .badSignature)
    #expect(judge(0, [("kid", "c")]) == .unknownKey)
    #expect(judge(2, [("kid", "b")]) == .unknownKey)
    #expect(judge(0, [("kid", "A")]) == .unknownKey)
    #expect(judge(0, []) == nil)
    #expect(judge(1, []) == nil)
  }

  @Test func anAgeIsBounded() throws {
    let signer = TestSigner(.hs256)
    let verifier = try Self.verifier(signer) { $0.maximumAge = 100 }
    for (made, expected) in [(-160, nil), (-161, .expired), (0, nil)] as [(Int64, JWTError.Code?)] {
      var claims = Self.good
      claims["iat"] = .int(Self.now + made)
      #expect(code { try verifier.verify(signer.token(claims), now: Self.now) } == expected)
    }
    #expect(code { try verifier.verify(signer.token(Self.good), now: Self.now) } == .missingClaim)
  }

  @Test func weakSecretsAreNoKeys() {
    #expect(throws: JWTKeyError.weak) { try JWTKey(secret: [UInt8](repeating: 1, count: 31)) }
    #expect(throws: Never.self) { try JWTKey(secret: [UInt8](repeating: 1, count: 32)) }
  }

  @Test func nothingSecretIsShown() throws {
    let key = try JWTKey(secret: Array("0123456789abcdef0123456789abcdef".utf8), id: "k")
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      // Nor its bytes, in one line or one below the other; an address may hold some of their digits.
      #expect(!text.contains("0123456789") && !text.contains("48, 49, 50"))
      #expect(!text.split(separator: "\n").contains { $0.hasSuffix("- 48") })
    }
  }

  @Test func whatOthersSignIsVerified() throws {
    var random = SeededGenerator("whatOthersSignIsVerified")
    let signers = JWTAlgorithm.allCases.map { TestSigner($0) }
    for round in 0..<200 {
      let signer = signers[round % signers.count]
      let subject = String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 1...40, using: &random)).map { _ in
            Unicode.Scalar(UInt32.random(in: 1...0xD7FF, using: &random)) ?? "x"
          }))
      let claims = JSONObject([
        ("sub", .string(subject)), ("exp", .int(Self.now + .random(in: 1...100_000, using: &random))),
        ("extra", .array((0..<Int.random(in: 0...20, using: &random)).map { .int(Int64($0)) })),
      ])
      let token = signer.token(claims)
      let verifier = try Self.verifier(signer)
      #expect(try verifier.verify(token, now: Self.now).all == claims)
      // One bit of the signed text is another: whatever it becomes, it is refused.
      var bytes = Array(token.utf8)
      bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << Int.random(in: 0...6, using: &random)
      let other = String(decoding: bytes, as: UTF8.self)
      #expect(code { try verifier.verify(other, now: Self.now) } != nil, "\(token) and \(other)")
    }
  }
}

/// The code that a verification throws; nil where it throws nothing.
func code<T>(_ body: () throws -> T) -> JWTError.Code? {
  do {
    _ = try body()
    return nil
  } catch { return (error as? JWTError)?.code }
}
