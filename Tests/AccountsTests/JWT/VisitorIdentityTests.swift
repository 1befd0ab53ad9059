import Accounts
import Testing

@Suite struct VisitorIdentityTests {
  static let cases: [(String, JWTError.Code?)] = [
    (#"{"sub":"v"}"#, nil), (#"{"sub":"v","name":"Ada","email":"ada@example.org"}"#, nil),
    (#"{"sub":"v","name":null}"#, nil), (#"{"name":"Ada"}"#, .missingClaim), (#"{"sub":"v","name":1}"#, .malformed),
    (#"{"sub":"v","email":["a"]}"#, .malformed),
    (#"{"sub":"v","name":"\#(String(repeating: "é", count: 200))"}"#, nil),
    (#"{"sub":"v","name":"\#(String(repeating: "é", count: 201))"}"#, .malformed),
  ]

  @Test(arguments: cases)
  func judges(_ claims: String, _ expected: JWTError.Code?) {
    #expect(code { try VisitorIdentity(JWTClaims(Array(claims.utf8))) } == expected)
  }

  @Test func saysWhatTheSiteSays() throws {
    let claims = try JWTClaims(Array(Self.cases[1].0.utf8))
    let identity = try VisitorIdentity(claims)
    #expect(identity.subject == "v" && identity.name == "Ada" && identity.email == "ada@example.org")
  }
}
