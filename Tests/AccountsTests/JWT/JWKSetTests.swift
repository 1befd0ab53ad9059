import Accounts
import JSONWire
import Testing

@Suite struct JWKSetTests {
  static let rsa = #""kty":"RSA","n":"\#(Vectors.modulus)","e":"AQAB""#
  static let ec = #""kty":"EC","crv":"P-256","x":"\#(Vectors.x)","y":"\#(Vectors.y)""#
  static let okp = #""kty":"OKP","crv":"Ed25519","x":"\#(Vectors.ed25519)""#

  static func parse(_ keys: String...) throws -> JWKSet {
    try JWKSet(parsing: Array(#"{"keys":[\#(keys.map { "{" + $0 + "}" }.joined(separator: ","))]}"#.utf8))
  }

  @Test func theExamplesKeysVerifyTheirTokens() throws {
    let set = try Self.parse(Self.rsa, Self.ec, Self.okp)
    #expect(set.omitted == [])
    #expect(set.keys.map(\.algorithm) == [.rs256, .es256, .edDSA])
    for key in set.keys {
      let signed = try JWS(compact: Vectors.token(key.algorithm), limit: 1000)
      #expect(key.verifies(signed.signature, of: signed.signingInput))
    }
  }

  /// Members of one key, and why it is left out.
  static let cases: [(String, JWKSet.Omission?)] = [
    (okp, nil), (okp + #","use":"sig""#, nil), (okp + #","alg":"EdDSA""#, nil), (okp + #","alg":"Ed25519""#, nil),
    (okp + #","key_ops":["verify"]"#, nil), (okp + #","extra":{"a":[1]}"#, nil), (rsa + #","alg":"RS256""#, nil),
    (ec + #","alg":"ES256","use":"sig","key_ops":["sign","verify"]"#, nil),
    (okp + #","use":"enc""#, .otherUse), (okp + #","key_ops":["sign"]"#, .otherUse),
    (okp + #","key_ops":"verify""#, .otherUse), (okp + #","use":1"#, .invalid), (okp + #","kid":1"#, .invalid),
    (okp + #","kid":"\#(String(repeating: "k", count: 257))""#, .invalid),
    (okp + #","alg":"ES256""#, .unknownKind), (rsa + #","alg":"PS256""#, .unknownKind),
    (rsa + #","alg":"RS512""#, .unknownKind), (rsa + #","alg":"HS256""#, .unknownKind),
    (rsa + #","alg":"RSA-OAEP""#, .unknownKind), (rsa + #","alg":"none""#, .unknownKind),
    (#""kty":"EC","crv":"P-384","x":"AA","y":"AA""#, .unknownKind), (#""kty":"EC","crv":"secp256k1""#, .unknownKind),
    (#""kty":"OKP","crv":"X25519","x":"\#(Vectors.ed25519)""#, .unknownKind), (#""kty":"new""#, .unknownKind),
    (#""kty":"rsa","n":"AQAB","e":"AQAB""#, .unknownKind), (#""kty":1"#, .unknownKind), ("", .unknownKind),
    (#""kty":"OKP","crv":"Ed25519""#, .invalid), (#""kty":"OKP","crv":"Ed25519","x":"AAAA""#, .invalid),
    (#""kty":"OKP","crv":"Ed25519","x":"\#(Vectors.ed25519)=""#, .invalid),
    (#""kty":"EC","crv":"P-256","x":"\#(Vectors.x)""#, .invalid),
    // Not on the curve; the point at infinity has no coordinates.
    (#""kty":"EC","crv":"P-256","x":"\#(Vectors.y)","y":"\#(Vectors.x)""#, .invalid),
    (#""kty":"EC","crv":"P-256","x":"\#(zeros(32))","y":"\#(zeros(32))""#, .invalid),
    (#""kty":"EC","crv":"P-256","x":"AA\#(Vectors.x)","y":"\#(Vectors.y)""#, .invalid),
    (#""kty":"RSA","n":"\#(Vectors.modulus)""#, .invalid), (#""kty":"RSA","n":"","e":"AQAB""#, .invalid),
    (#""kty":"RSA","n":"\#(Vectors.modulus)","e":"AQ""#, .invalid),
    (#""kty":"RSA","n":"\#(Vectors.modulus)","e":"AA""#, .invalid),
    (#""kty":"RSA","n":"\#(Vectors.modulus)","e":"Ag""#, .invalid),
    (#""kty":"RSA","n":"\#(odd(255))","e":"AQAB""#, .weak), (#""kty":"RSA","n":"AQAB","e":"AQAB""#, .weak),
    (#""kty":"RSA","n":"\#(odd(1025))","e":"AQAB""#, .invalid),
  ]

  private static func zeros(_ count: Int) -> String { Base64URL.encode([UInt8](repeating: 0, count: count)) }
  private static func odd(_ count: Int) -> String { Base64URL.encode([UInt8](repeating: 0xFF, count: count)) }

  @Test(arguments: cases)
  func judgesKeys(_ members: String, _ omission: JWKSet.Omission?) throws {
    let set = try Self.parse(members, Self.ec)
    #expect(set.omitted == (omission.map { [$0] } ?? []))
    #expect(set.keys.count == (omission == nil ? 2 : 1))
  }

  @Test func anRSAKeyOf2047BitsIsWeak() throws {
    var modulus = Vectors.bytes(Vectors.modulus)
    modulus[0] &= 0x7F
    #expect(throws: JWTKeyError.weak) { try JWTKey(rsaModulus: modulus, exponent: [1, 0, 1]) }
    // Leading zeros make no key longer.
    #expect(throws: JWTKeyError.weak) { try JWTKey(rsaModulus: [0, 0] + modulus, exponent: [1, 0, 1]) }
  }

  @Test(arguments: [
    #""kty":"oct","k":"AAAA""#, #""kty":"oct""#, okp + #","d":"\#(Vectors.seed)""#, rsa + #","d":"AQAB""#,
    #""kty":"new","k":"AAAA""#,
  ])
  func refusesSetsWithSecrets(_ members: String) {
    #expect(throws: JWKSet.Failure.secretKey) { try Self.parse(Self.ec, members) }
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":[]"#, #"{"keys":[]}x"#, #"{"keys":null}"#,
    #"{"keys":[{"a":[[[[[[[[1]]]]]]]]}]}"#,
    #"{"keys":[\#([String](repeating: "{}", count: 65).joined(separator: ","))]}"#,
    #"{"keys":[]}"# + String(repeating: " ", count: 65_536),
  ])
  func refusesWhatIsNoSet(_ text: String) {
    #expect(throws: JWKSet.Failure.malformed) { try JWKSet(parsing: Array(text.utf8)) }
  }

  @Test func findsByIDAndAlgorithm() throws {
    let set = try Self.parse(Self.okp + #","kid":"a""#, Self.ec + #","kid":"a""#, Self.rsa + #","kid":"b""#, Self.ec)
    #expect(set.keys(id: "a", algorithm: .edDSA).count == 1)
    #expect(set.keys(id: "a", algorithm: .es256).count == 1)
    #expect(set.keys(id: "a", algorithm: .rs256).isEmpty)
    #expect(set.keys(id: "b", algorithm: .rs256).count == 1)
    #expect(set.keys(id: "c", algorithm: .rs256).isEmpty)
  }

  @Test func anEmptySetHasNoKeys() throws {
    #expect(try Self.parse().keys.isEmpty)
  }
}
