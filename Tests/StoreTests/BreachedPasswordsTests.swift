import Accounts
import Glibc
import Reactor
import SeededRandom
import SkeinTestKit
import Testing

@testable import Store

@Suite struct BreachedPasswordsTests {
  /// A list in a file, and its path.
  private static func with(_ text: String, _ body: (String) async throws -> Void) async throws {
    let folder = try TemporaryFolder.make("skein-breached")
    defer { TemporaryFolder.remove(folder) }
    let path = folder + "/list"
    let file = try #require(fopen(path, "wb"))
    try #require(fwrite(text, 1, text.utf8.count, file) == text.utf8.count)
    fclose(file)
    try await body(path)
  }

  private static func digest(_ password: String) -> String {
    (SHA1.digest(Array(password.utf8)) ?? []).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// FIPS 180's own example.
  @Test func theDigestIsSHA1() {
    #expect(Self.digest("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test func findsWhatIsThereAndNothingElse() async throws {
    var random = SeededGenerator("breached passwords")
    for size in [1, 2, 3, 10, 257, 2000] {
      let passwords = (0..<size).map { "password number \($0) of \(size)" }
      let ends = ["\n", "\r\n", ":1\n", ":123456789\r\n"]
      let isUpper = Bool.random(using: &random)
      var text = passwords.map(Self.digest).sorted().map { digest in
        (isUpper ? digest.uppercased() : digest) + ends[Int.random(in: 0..<ends.count, using: &random)]
      }.joined()
      // The last line may have no end.
      if Bool.random(using: &random) { text.removeLast() }
      try await Self.with(text) { path in
        let list = try BreachedPasswords(path: path)
        for password in passwords { #expect(try list.contains(password), "\(password)") }
        for number in 0..<500 { #expect(try !list.contains("another \(number)")) }
      }
    }
  }

  @Test(arguments: ["", "\n", "hello\n", String(repeating: "0", count: 39), String(repeating: "0", count: 41)])
  func whatIsNoListIsRefused(_ text: String) async throws {
    try await Self.with(text) { path in
      #expect(throws: BreachedPasswords.Failure.malformed) { try BreachedPasswords(path: path) }
    }
    #expect(throws: BreachedPasswords.Failure.unreadable(SystemError("open", code: ENOENT))) {
      try BreachedPasswords(path: "/nowhere/list")
    }
  }

  @Test func nobodyMayChooseThem() async throws {
    let fixture = try await IdentityFixture()
    try await Self.with(Self.digest("a breached secret") + ":7\n") { path in
      let list = try BreachedPasswords(path: path)
      let book = fixture.users(desk: try PasswordDesk(cost: IdentityFixture.cheap, breached: list))
      #expect(
        try await thrown(UserError.self) {
          _ = try await book.create(email: "a@example.com", password: "a breached secret")
        } == .badPassword(.breached))
      _ = try await book.create(email: "a@example.com", password: IdentityFixture.password)
      #expect(
        try await thrown(UserError.self) { _ = try await book.setPassword("a breached secret", of: "a@example.com") }
          == .badPassword(.breached))
      // Who has one already can log in.
      _ = try await book.authenticate(email: "a@example.com", password: IdentityFixture.password)
      // A list that is gone lets nothing pass.
      unlink(path)
      #expect(
        try await thrown(PasswordDesk.Failure.self) {
          _ = try await book.create(email: "b@example.com", password: IdentityFixture.password)
        } == .list)
    }
  }
}
