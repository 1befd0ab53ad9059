import Accounts
import Postgres
import Testing

@testable import Store

@Suite struct TokenBookTests {
  private static let now = IdentityFixture.now

  private func user(_ fixture: IdentityFixture) async throws -> UserRecord {
    try await fixture.users().create(email: "a@example.com", password: IdentityFixture.password, role: .admin)
  }

  @Test func aLoginGoesOnByItsTokens() async throws {
    let fixture = try await IdentityFixture()
    let (user, book) = (try await user(fixture), fixture.tokens())
    let credentials = try await fixture.credentials()
    let first = try await book.begin(for: user, credentials, now: Self.now)
    let bearer = try credentials.bearer(of: first.access, now: Self.now)
    #expect(bearer.user == user.id && bearer.expires == Self.now + 900)
    let second = try #require(try await book.refresh(first.refresh.text, credentials, now: Self.now + 600))
    #expect(second.refresh != first.refresh && second.role == .admin)
    let again = try credentials.bearer(of: second.access, now: Self.now + 600)
    #expect(again.kind == bearer.kind && again.owner == bearer.owner)
    #expect(try await book.refresh(second.refresh.text, credentials, now: Self.now + 700) != nil)
    let stored = try await fixture.everything(in: ["refresh_families", "audit"])
    for token in [first, second] {
      #expect(!stored.contains(token.refresh.text) && !stored.contains(token.access))
    }
  }

  /// Tabs that come with the same token at once are given the same follower, on whichever node.
  @Test func manyTabsRotateAsOne() async throws {
    let fixture = try await IdentityFixture()
    let credentials = try await fixture.credentials()
    let other = try fixture.other()
    let token = try await fixture.tokens().begin(for: try await user(fixture), credentials, now: Self.now).refresh
    let followers = try await withThrowingTaskGroup(of: String?.self) { group in
      for number in 0..<20 {
        let book = fixture.tokens(number % 2 == 0 ? other : nil)
        group.addTask { try await book.refresh(token.text, credentials, now: Self.now + 1)?.refresh.text }
      }
      return try await group.reduce(into: [String?]()) { $0.append($1) }
    }
    #expect(followers.count == 20 && Set(followers).count == 1 && followers.first ?? nil != nil)
    await other.close()
  }

  @Test func aUsedTokenThatComesAgainEndsTheLogin() async throws {
    let fixture = try await IdentityFixture()
    let (user, book) = (try await user(fixture), fixture.tokens())
    let before = try await fixture.credentials()
    let first = try await book.begin(for: user, before, now: Self.now)
    let bystander = try await book.begin(for: user, before, now: Self.now)
    let second = try #require(try await book.refresh(first.refresh.text, before, now: Self.now + 1))
    // Beyond the time in which a lost answer may be asked for again.
    #expect(try await book.refresh(first.refresh.text, before, now: Self.now + 100) == nil)
    #expect(try await book.refresh(second.refresh.text, before, now: Self.now + 101) == nil)
    #expect(
      try await fixture.noted().last.map { [$0.action, $0.actorKind, $0.actor ?? ""] } == [
        "login.token_reused", "user", "\(user.id)",
      ])
    // What was signed for it is refused too, as soon as it is known.
    let after = try await fixture.credentials()
    #expect(after.version > before.version)
    #expect(throws: CredentialError.refused("this log-in has ended")) {
      try after.bearer(of: second.access, now: Self.now + 102)
    }
    _ = try before.bearer(of: second.access, now: Self.now + 102)
    // Another log-in of the same user goes on.
    _ = try after.bearer(of: bystander.access, now: Self.now + 102)
    #expect(try await book.refresh(bystander.refresh.text, after, now: Self.now + 102) != nil)
  }

  @Test func aLogOutEndsTheLogin() async throws {
    let fixture = try await IdentityFixture()
    let (user, book) = (try await user(fixture), fixture.tokens())
    let credentials = try await fixture.credentials()
    let (one, two) = (
      try await book.begin(for: user, credentials, now: Self.now),
      try await book.begin(for: user, credentials, now: Self.now)
    )
    #expect(try await book.end(one.refresh.text))
    #expect(try await !book.end(one.refresh.text))
    guard case .user(_, _, let login) = try credentials.bearer(of: two.access, now: Self.now).kind else {
      Issue.record("no user")
      return
    }
    #expect(try await book.end(login: login))
    for tokens in [one, two] {
      #expect(try await book.refresh(tokens.refresh.text, credentials, now: Self.now + 1) == nil)
    }
    #expect(try await !book.end("rt_nonsense"))
    #expect(try await book.refresh("rt_nonsense", credentials, now: Self.now) == nil)
    #expect(try await book.refresh(RefreshToken.random().text, credentials, now: Self.now) == nil)
  }

  @Test func aNewPasswordEndsAllLogins() async throws {
    let fixture = try await IdentityFixture()
    let (user, book) = (try await user(fixture), fixture.tokens())
    let tokens = try await book.begin(for: user, try await fixture.credentials(), now: Self.now)
    _ = try await fixture.users().setPassword("another long secret", of: user.email)
    let after = try await fixture.credentials()
    #expect(throws: CredentialError.refused("this log-in has ended")) {
      try after.bearer(of: tokens.access, now: Self.now)
    }
    #expect(try await book.refresh(tokens.refresh.text, after, now: Self.now) == nil)
    _ = try await fixture.users().authenticate(email: user.email, password: "another long secret")
  }

  /// What an access token says of a role counts only as long as it is so.
  @Test func aChangedRoleCountsAtOnce() async throws {
    let fixture = try await IdentityFixture()
    let (user, book) = (try await user(fixture), fixture.tokens())
    let tokens = try await book.begin(for: user, try await fixture.credentials(), now: Self.now)
    _ = try await fixture.users().update(user.email, role: .member)
    let after = try await fixture.credentials()
    guard case .user(user.id, .member, _) = try after.bearer(of: tokens.access, now: Self.now).kind else {
      Issue.record("still an admin")
      return
    }
    #expect(try await book.refresh(tokens.refresh.text, after, now: Self.now)?.role == .member)
  }

  @Test func anOldLoginIsOver() async throws {
    let fixture = try await IdentityFixture()
    let (user, book) = (try await user(fixture), fixture.tokens())
    let credentials = try await fixture.credentials()
    let tokens = try await book.begin(for: user, credentials, now: Self.now)
    let twoWeeks: Int64 = 14 * 86_400
    #expect(try await book.refresh(tokens.refresh.text, credentials, now: Self.now + twoWeeks) == nil)
    _ = try await book.begin(for: user, credentials, now: Self.now + 90 * 86_400 + 1)
    #expect(try await fixture.count("SELECT count(*) FROM refresh_families") == 1)
  }

  // MARK: Signing keys

  @Test func manyNodesMakeOneKey() async throws {
    let fixture = try await IdentityFixture()
    let ring = try await fixture.credentials().ring
    #expect(ring.entries.count == 1 && !ring.needsKey(now: Self.now))
    let month: Int64 = 30 * 86_400
    let later = Self.now + month
    let other = try fixture.other()
    let made = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<10 {
        let client = number % 2 == 0 ? other : fixture.client
        group.addTask { try await SigningKeyBook(client).keepUp(ring, now: later) }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(made == 1)
    let both = try await fixture.credentials()
    #expect(both.ring.entries.count == 2 && both.issuer.name.hasPrefix("skein:"))
    // The old one signs until the new one is known to all, verifies an hour more, and goes.
    #expect(both.ring.signingKey(now: later)?.id == ring.entries[0].key.id)
    #expect(both.ring.signingKey(now: later + 300)?.id != ring.entries[0].key.id)
    #expect(try await SigningKeyBook(other).keepUp(both.ring, now: later + 300 + 3600))
    let last = try await fixture.credentials().ring
    #expect(last.entries.map(\.key.id) == [try #require(both.ring.entries.first).key.id])
    await other.close()
  }

  @Test func aRetiredKeyVerifiesNothing() async throws {
    let fixture = try await IdentityFixture()
    let tokens = try await fixture.tokens().begin(
      for: try await user(fixture), try await fixture.credentials(), now: Self.now)
    _ = try await fixture.client.query("UPDATE signing_keys SET state = 'retired'")
    let without = try await fixture.credentials()
    #expect(without.ring.entries.isEmpty)
    #expect(throws: CredentialError.self) { try without.bearer(of: tokens.access, now: Self.now) }
    #expect(try await SigningKeyBook(fixture.client).keepUp(without.ring, now: Self.now + 1))
    #expect(try await fixture.credentials().ring.entries.count == 1)
  }
}
