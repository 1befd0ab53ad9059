import Accounts
import JSONWire
import Postgres
import Testing

@testable import Store

@Suite struct UserBookTests {
  private static let password = IdentityFixture.password

  @Test func anAddressIsOneUserHoweverItIsWritten() async throws {
    let fixture = try await IdentityFixture()
    let book = fixture.users()
    let user = try await book.create(email: "Jose\u{301}@Example.COM", password: Self.password, name: "José")
    #expect(user.email == "jos\u{e9}@example.com" && user.role == .member && user.name == "José")
    for same in ["jos\u{e9}@example.com", "JOS\u{c9}@EXAMPLE.com"] {
      #expect(
        try await thrown(UserError.self) { _ = try await book.create(email: same, password: Self.password) }
          == .emailTaken)
      #expect(try await book.user(same) == user)
    }
    #expect(try await book.list() == [user])
    // Nor can SQL write it otherwise.
    await #expect(throws: PostgresError.self) {
      try await fixture.client.query("INSERT INTO users (email) VALUES ('JOHN@example.com')")
    }
  }

  @Test(
    arguments: [
      ("no address", password, UserError.badEmail), ("a@b@c", password, .badEmail),
      ("a b@example.com", password, .badEmail), ("@example.com", password, .badEmail), ("a@", password, .badEmail),
      ("a@-b.example", password, .badEmail), ("a\u{0}@example.com", password, .badEmail),
      ("a@example.com", "short", .badPassword(.tooShort(least: 8))),
      ("a@example.com", "password123", .badPassword(.common)),
      ("marie.curie@example.com", "marie.curie1", .badPassword(.containsName)),
    ])
  func refuses(_ email: String, _ password: String, _ expected: UserError) async throws {
    let fixture = try await IdentityFixture()
    #expect(
      try await thrown(UserError.self) { _ = try await fixture.users().create(email: email, password: password) }
        == expected)
    #expect(try await fixture.count("SELECT count(*) FROM users") == 0)
    #expect(try await fixture.noted().isEmpty)
  }

  @Test func logsInByThePasswordAlone() async throws {
    let fixture = try await IdentityFixture()
    let book = fixture.users()
    let user = try await book.create(email: "a@example.com", password: "pass\u{e9} is composed")
    // The same characters, typed on another keyboard.
    #expect(try await book.authenticate(email: "A@example.com", password: "passe\u{301} is composed").id == user.id)
    for (email, password) in [
      ("a@example.com", "passe is composed"), ("b@example.com", "pass\u{e9} is composed"), ("no address", ""),
      ("a@example.com", ""),
    ] {
      #expect(
        try await thrown(LoginError.self) { _ = try await book.authenticate(email: email, password: password) }
          == .refused)
    }
    #expect(try await book.user("a@example.com").loggedInAt != nil)
    _ = try await book.update("a@example.com", isDisabled: true)
    #expect(
      try await thrown(LoginError.self) {
        _ = try await book.authenticate(email: "a@example.com", password: "pass\u{e9} is composed")
      } == .refused)
    let actions = try await fixture.noted().map { [$0.action, $0.target ?? "", $0.address ?? "", $0.request ?? ""] }
    #expect(
      actions == [
        ["user.created", "user:\(user.id)", "192.0.2.1", "r1"],
        ["login.failed", "user:\(user.id)", "192.0.2.1", "r1"], ["login.failed", "", "192.0.2.1", "r1"],
        ["login.failed", "", "192.0.2.1", "r1"], ["login.failed", "user:\(user.id)", "192.0.2.1", "r1"],
        ["user.changed", "user:\(user.id)", "192.0.2.1", "r1"],
        ["login.failed", "user:\(user.id)", "192.0.2.1", "r1"],
      ])
    let stored = try await fixture.everything(in: ["users", "audit", "login_limits"])
    #expect(!stored.contains("composed") && stored.contains("$argon2id$"))
  }

  /// Who is unknown waits for the desk as everybody does: where it takes nobody, that is told to both.
  @Test func theUnknownCostsAVerificationToo() async throws {
    let fixture = try await IdentityFixture()
    _ = try await fixture.users().create(email: "a@example.com", password: Self.password)
    let closed = try PasswordDesk(mostWaiting: 0, cost: IdentityFixture.cheap)
    for email in ["a@example.com", "b@example.com", "no address"] {
      #expect(
        try await thrown(PasswordDesk.Failure.self) {
          _ = try await fixture.users(desk: closed).authenticate(email: email, password: Self.password)
        } == .busy)
    }
  }

  @Test func anAccountIsTriedOutSoOftenOnly() async throws {
    let fixture = try await IdentityFixture()
    _ = try await fixture.users().create(email: "a@example.com", password: Self.password)
    let other = try fixture.other()
    // On two nodes, from many addresses, all at once.
    let outcomes = await withTaskGroup(of: LoginError?.self) { group in
      for number in 0..<40 {
        let book = fixture.users(number % 2 == 0 ? other : nil, from: "198.51.100.\(number)") { $0.perAccount = 5 }
        group.addTask {
          try? await thrown(LoginError.self) {
            _ = try await book.authenticate(email: "a@example.com", password: "guess \(number)")
          }
        }
      }
      return await group.reduce(into: [LoginError?]()) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .refused } == 5)
    let waits = outcomes.compactMap { outcome in
      if case .tooMany(let wait)? = outcome { wait } else { nil }
    }
    #expect(waits.count == 35 && waits.allSatisfy { (1000...180_000).contains($0) })
    // Not even the right password helps now; another account is not concerned.
    let book = fixture.users { $0.perAccount = 5 }
    guard
      case .tooMany? = try await thrown(
        LoginError.self, { _ = try await book.authenticate(email: "a@example.com", password: Self.password) })
    else {
      Issue.record("the account is open")
      return
    }
    _ = try await book.create(email: "b@example.com", password: Self.password)
    _ = try await book.authenticate(email: "b@example.com", password: Self.password)
    // Time gives tries back.
    _ = try await fixture.client.query("UPDATE login_limits SET free_at = free_at - interval '180 seconds'")
    _ = try await book.authenticate(email: "a@example.com", password: Self.password)
    await other.close()
  }

  @Test func anAddressTriesSoOftenOnly() async throws {
    let fixture = try await IdentityFixture()
    let book = { (address: String) in fixture.users(from: address) { $0.perAddress = 3 } }
    let attempt = { (address: String, number: Int) in
      try await thrown(LoginError.self) {
        _ = try await book(address).authenticate(email: "user\(number)@example.com", password: "guess")
      }
    }
    for number in 0..<3 { #expect(try await attempt("2001:db8::\(number)", number) == .refused) }
    // An IPv6 network counts as one; registrations count too.
    guard case .tooMany? = try await attempt("2001:db8::ffff", 9) else {
      Issue.record("the address is open")
      return
    }
    guard
      case .tooMany? = try await thrown(
        LoginError.self,
        { _ = try await book("2001:db8::1").register(email: "new@example.com", password: Self.password) })
    else {
      Issue.record("the address is open")
      return
    }
    #expect(try await attempt("2001:db8:0:1::1", 9) == .refused)
    // Who logs in well does not use its address up.
    _ = try await book("192.0.2.7").create(email: "a@example.com", password: Self.password)
    for _ in 0..<10 { _ = try await book("192.0.2.7").authenticate(email: "a@example.com", password: Self.password) }
  }

  @Test func aHashOfAnotherCostIsMadeAnew() async throws {
    let fixture = try await IdentityFixture()
    _ = try await fixture.users().create(email: "a@example.com", password: Self.password)
    let dearer = try PasswordDesk(cost: PasswordHasher.Cost(passes: 2, memory: 16384))
    _ = try await fixture.users(desk: dearer).authenticate(email: "a@example.com", password: Self.password)
    #expect(try await fixture.everything(in: ["users"]).contains("m=16,t=2"))
    _ = try await fixture.users(desk: dearer).authenticate(email: "a@example.com", password: Self.password)
  }

  @Test func anOwnerIsLeft() async throws {
    let fixture = try await IdentityFixture()
    let book = fixture.users()
    for name in ["a", "b"] {
      _ = try await book.create(email: "\(name)@example.com", password: Self.password, role: .owner)
    }
    // Each takes the other's role at once: one of them is too late.
    let failures = await withTaskGroup(of: UserError?.self) { group in
      for name in ["a", "b"] {
        group.addTask {
          try? await thrown(UserError.self) { _ = try await book.update("\(name)@example.com", role: .member) }
        }
      }
      return await group.reduce(into: [UserError]()) { if let failure = $1 { $0.append(failure) } }
    }
    #expect(failures == [.lastOwner])
    let owner = try #require(try await book.list().first { $0.role == .owner })
    #expect(
      try await thrown(UserError.self) { _ = try await book.update(owner.email, isDisabled: true) } == .lastOwner)
    #expect(try await book.update(owner.email, name: "The owner").role == .owner)
  }

  @Test func rolesAreGivenSiteBySite() async throws {
    let fixture = try await IdentityFixture()
    let book = fixture.users()
    let user = try await book.create(email: "a@example.com", password: Self.password)
    try await book.setRole(.admin, of: user.email, onSite: "shop")
    try await book.setRole(.operates, of: user.email, onSite: "bank")
    try await book.setRole(.member, of: user.email, onSite: "shop")
    #expect(
      try await book.memberships(of: user.id).map { "\($0.key) \($0.role.rawValue)" } == [
        "shop member", "bank operator",
      ])
    try await book.setRole(nil, of: user.email, onSite: "shop")
    #expect(try await book.memberships(of: user.id).map(\.key) == ["bank"])
    #expect(
      try await thrown(UserError.self) { try await book.setRole(.admin, of: user.email, onSite: "none") }
        == .noSuchSite("none"))
  }
}
