import Accounts
import Log
import Postgres
import SkeinTestKit
import Testing

@testable import Store

/// Requests that are sent again, to whichever server.
@Suite struct RepeatBookTests {
  private let fixture: StoreFixture
  private let key: IdempotencyKey
  private let content = Array("content".utf8)

  init() async throws {
    fixture = try await StoreFixture()
    key = try #require(IdempotencyKey("a-name", caller: [1], target: "POST /v1/keys"))
  }

  private func book(_ seconds: Int64 = 3600) -> RepeatBook { RepeatBook(fixture.client, keptSeconds: seconds) }

  private func take(_ content: [UInt8]? = nil) async throws -> RepeatBook.Finding {
    try await book().take(
      key, route: "POST /v1/keys", caller: Array(repeating: 1, count: 32), content: content ?? self.content)
  }

  private func attempt(_ finding: RepeatBook.Finding) throws -> UUIDValue {
    guard case .new(let attempt) = finding else { throw TestClientError.unexpected("\(finding)") }
    return attempt
  }

  /// As if it were begun so long ago.
  private func age(_ seconds: Int64) async throws {
    _ = try await fixture.client.query(
      "UPDATE idempotency_keys SET begun_at = begun_at - $1::int8 * interval '1 second'", [.int8(seconds)])
  }

  @Test func itIsDoneOnceAndAnsweredAsBefore() async throws {
    let attempt = try attempt(await take())
    #expect(try await take() == .running)
    #expect(try await take([1]) == .different)
    try await book().finish(key, attempt, status: 201, answer: Array("the answer".utf8))
    #expect(try await take() == .done(Array("the answer".utf8)))
    #expect(try await take([1]) == .different)
    // Neither content nor answer can be read from the table.
    let rows = try await fixture.client.query("SELECT content, answer FROM idempotency_keys")
    #expect(try rows.bytes(0, 0) != SHA256.digest(content))
    #expect(try !rows.bytes(0, 1).contains(Array("answer".utf8)))
  }

  @Test func whatMadeNothingMayBeSentAgain() async throws {
    try await book().giveUp(key, try attempt(await take()))
    _ = try attempt(await take([1]))
  }

  @Test func whoIsGoneIsFollowedByTheNext() async throws {
    let first = try attempt(await take())
    try await age(59)
    #expect(try await take() == .running)
    try await age(2)
    #expect(try await take([1]) == .different)
    let second = try attempt(await take())
    // The first one was only slow: it neither answers for the second nor gives it up.
    try await book().finish(key, first, status: 200, answer: [1])
    try await book().giveUp(key, first)
    #expect(try await take() == .running)
    try await book().finish(key, second, status: 200, answer: [2])
    #expect(try await take() == .done([2]))
    try await age(3600)
    _ = try attempt(await take([1]))
  }

  @Test func ofManyAtOnceOneDoesIt() async throws {
    let findings = try await withThrowingTaskGroup(of: RepeatBook.Finding.self) { group in
      for _ in 0..<20 { group.addTask { try await take() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(findings.count { if case .new = $0 { true } else { false } } == 1)
    #expect(findings.count { $0 == .running } == 19)
  }

  @Test func theOldAreForgotten() async throws {
    let attempt = try attempt(await take())
    try await book().finish(key, attempt, status: 200, answer: [1])
    let work = Housekeeping(fixture.client, log: Logger("test", level: .error))
    func count() async throws -> Int64 {
      try await fixture.client.query("SELECT count(*) FROM idempotency_keys").int(0, 0)
    }
    try await age(23 * 3600)
    #expect(try await work.round(Housekeeping.Rules(), now: 1_800_000_000_000_000) != nil)
    #expect(try await count() == 1)
    try await age(2 * 3600)
    #expect(try await work.round(Housekeeping.Rules(), now: 1_800_000_000_000_000) != nil)
    #expect(try await count() == 0)
  }
}
