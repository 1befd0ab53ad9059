import Accounts
import Testing

@Suite struct PasswordPolicyTests {
  typealias Refusal = PasswordPolicy.Refusal

  static let cases: [(String, Refusal?)] = [
    ("", .tooShort(least: 8)), ("xk3!Qz7", .tooShort(least: 8)), ("xk3!Qz7p", nil), ("no rules of letters", nil),
    // Counted by characters, bounded by bytes.
    ("ñøŵłħŧđß", nil), ("ñøŵłħŧđ", .tooShort(least: 8)), ("🦊🐢🦉🐝🦀🐙🦄🐳", nil),
    (String(repeating: "xy7", count: 85), nil), (String(repeating: "xy7", count: 86), .tooLong(most: 256)),
    (String(repeating: "é", count: 129), .tooLong(most: 256)),
    (String(repeating: "x", count: 1_000_000), .tooLong(most: 256)),
    ("password", .common), ("PassWord1", .common), ("qwertyuiop", .common), ("iloveyou", .common),
    ("aaaaaaaaaaaa", .common), ("abcdefghijkl", .common), ("987654321", .common), ("ABCDEFGHIJ", .common),
    ("marie.curie1867", .containsName), ("xxMarie.Curiexx", .containsName), ("marie curie 1867", nil),
    ("skein is a thread", .containsName), ("pass\0word with NUL", nil),
  ]

  @Test(arguments: cases)
  func judges(_ password: String, _ expected: Refusal?) {
    var policy = PasswordPolicy()
    policy.words = ["Skein"]
    #expect(refusal(policy, password, email: "marie.curie@sorbonne.example") == expected)
  }

  @Test func shortNamesAreNotLookedFor() {
    let policy = PasswordPolicy()
    for email in ["bob@x.example", "@x.example", "", "b@c"] {
      #expect(refusal(policy, "bob builds things", email: email) == nil)
    }
    #expect(refusal(policy, "bob builds things", email: nil) == nil)
    #expect(refusal(policy, "bobby builds things", email: "BOBBY") == .containsName)
  }

  @Test func theLeastLengthIsASetting() {
    var policy = PasswordPolicy()
    policy.least = 15
    #expect(refusal(policy, "fourteen chars", email: nil) == .tooShort(least: 15))
    #expect(refusal(policy, "fifteen  chars!", email: nil) == nil)
  }

  private func refusal(_ policy: PasswordPolicy, _ password: String, email: String?) -> Refusal? {
    do throws(Refusal) {
      try policy.check(password, email: email)
      return nil
    } catch { return error }
  }
}

@Suite struct PasswordHasherTests {
  /// The least that libsodium takes, so that the tests are quick.
  static let cheap = PasswordHasher.Cost(passes: 1, memory: 8192)

  /// Keyboards put the same characters together in different ways.
  @Test func charactersCountAndNotTheirParts() throws {
    let hasher = try PasswordHasher(cost: Self.cheap)
    let hash = try hasher.hash("pa\u{df}wort \u{e9}\u{1e69}")
    #expect(hasher.verifies("pa\u{df}wort e\u{301}s\u{307}\u{323}", hash: hash))
    #expect(hasher.verifies("pa\u{df}wort e\u{301}s\u{323}\u{307}", hash: hash))
    #expect(!hasher.verifies("passwort \u{e9}\u{1e69}", hash: hash))
    var policy = PasswordPolicy()
    policy.least = 8
    #expect(throws: PasswordPolicy.Refusal.tooShort(least: 8)) {
      try policy.check("e\u{301}a\u{308}o\u{308}u\u{308}", email: nil)
    }
  }

  @Test(arguments: ["correct horse", "", "with\0NUL", "ñ 🦊", String(repeating: "x", count: 256)])
  func verifiesItsOwn(_ password: String) throws {
    let hasher = try PasswordHasher(cost: Self.cheap)
    let hash = try hasher.hash(password)
    #expect(hash.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
    #expect(hasher.verifies(password, hash: hash))
    #expect(!hasher.verifies(password + "x", hash: hash))
    #expect(!hasher.verifies("with", hash: hash))
    #expect(try hasher.hash(password) != hash)
    #expect(!hasher.needsRehash(hash))
  }

  @Test func nobodyHasAPassword() throws {
    let hasher = try PasswordHasher(cost: Self.cheap)
    for hash in [nil, "", "x", "$argon2id$", "$2b$12$x", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA"] {
      #expect(!hasher.verifies("", hash: hash) && !hasher.verifies("x", hash: hash))
    }
    #expect(!hasher.verifies("x", hash: "$argon2id$" + String(repeating: "x", count: 1000)))
  }

  /// Another cost is verified and made anew.
  @Test func anotherCostIsMadeAnew() throws {
    let old = try PasswordHasher(cost: Self.cheap)
    let new = try PasswordHasher(cost: .init(passes: 2, memory: 16_384))
    let hash = try old.hash("secret word")
    #expect(new.verifies("secret word", hash: hash))
    #expect(new.needsRehash(hash))
    #expect(!new.needsRehash(try new.hash("secret word")))
    #expect(new.needsRehash("not a hash"))
  }

  @Test func theUsualCostIsTakenIn() throws {
    let hasher = try PasswordHasher()
    let hash = try hasher.hash("a")
    #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=2,p=1$"))
    #expect(hasher.verifies("a", hash: hash))
  }

  @Test(arguments: [(0, 8192), (1, 8191), (-1, 8192), (1, -1), (1, Int.max)])
  func refusesImpossibleCosts(_ passes: Int, _ memory: Int) {
    #expect(throws: PasswordHasher.Failure.cost) { try PasswordHasher(cost: .init(passes: passes, memory: memory)) }
  }
}
