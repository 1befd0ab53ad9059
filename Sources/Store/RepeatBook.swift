package import Accounts
package import Postgres

/// Requests that make something and that their senders have named, so that one that is sent again, to whichever server,
/// makes nothing twice.
package struct RepeatBook: Sendable {
  /// What has become of a request before.
  package enum Finding: Sendable, Equatable {
    /// Nothing: it is to be done, and then finished or given up under this number.
    case new(UUIDValue)
    /// It was done, and answered so.
    case done([UInt8])
    /// It is being done.
    case running
    /// There was one of that name, with another content.
    case different
  }

  private let client: PostgresClient
  /// How long one is known, in seconds.
  private let keptSeconds: Int64
  /// One that is not finished by then never will be: its server is gone. It may be done again.
  private static let longestSeconds: Int64 = 60

  package init(_ client: PostgresClient, keptSeconds: Int64) {
    self.client = client
    self.keptSeconds = keptSeconds
  }

  /// Takes a request on, where it was not done before.
  /// - Parameters:
  ///   - route: what it asks for, for whoever looks into the table.
  ///   - caller: what its sender's sessions are known by; nil: nobody is known.
  package func take(
    _ key: IdempotencyKey, route: String, caller: [UInt8]?, content: [UInt8]
  ) async throws(PostgresError) -> Finding {
    let attempt = UUIDValue(high: .random(in: 0...(.max)), low: .random(in: 0...(.max)))
    let digest = key.digest(of: content)
    let parameters: [PostgresValue] = [
      .bytea(key.id), caller.map { .bytea($0) } ?? .null, .text(route), .bytea(digest), .uuid(attempt),
      .int8(keptSeconds), .int8(Self.longestSeconds),
    ]
    // One that is found taken may be given up before it is looked at.
    for _ in 0..<3 {
      if try await client.query(Statements.takeRepeat, parameters).count > 0 { return .new(attempt) }
      let rows = try await client.query(Statements.repeated, [.bytea(key.id)])
      guard rows.count > 0 else { continue }
      guard SHA256.equal(try rows.bytes(0, 0), digest) else { return .different }
      guard let sealed = try rows.optional(0, 1, rows.bytes) else { return .running }
      guard let answer = key.open(sealed) else { throw PostgresError(.decoding, "a kept answer can't be read") }
      return .done(answer)
    }
    return .running
  }

  /// Keeps the answer of one that was done.
  package func finish(
    _ key: IdempotencyKey, _ attempt: UUIDValue, status: Int, answer: [UInt8]
  ) async throws(PostgresError) {
    _ = try await client.query(
      Statements.finishRepeat,
      [.bytea(key.id), .uuid(attempt), .int4(Int32(status)), .bytea(key.seal(answer))])
  }

  /// Forgets one that has made nothing.
  package func giveUp(_ key: IdempotencyKey, _ attempt: UUIDValue) async throws(PostgresError) {
    _ = try await client.query(Statements.giveUpRepeat, [.bytea(key.id), .uuid(attempt)])
  }
}

extension Statements {
  /// Answers nothing where somebody has it.
  fileprivate static let takeRepeat: PostgresStatement = """
    INSERT INTO idempotency_keys AS k (id, caller, route, content, attempt)
    VALUES ($1::bytea, $2::bytea, $3::text, $4::bytea, $5::uuid)
    ON CONFLICT (id) DO UPDATE
    SET content = excluded.content, attempt = excluded.attempt, begun_at = now(), status = NULL, answer = NULL
    WHERE k.begun_at < now() - $6::int8 * interval '1 second'
      OR k.status IS NULL AND k.content = excluded.content AND k.begun_at < now() - $7::int8 * interval '1 second'
    RETURNING 1
    """

  fileprivate static let repeated: PostgresStatement = "SELECT content, answer FROM idempotency_keys WHERE id = $1"

  fileprivate static let finishRepeat: PostgresStatement = """
    UPDATE idempotency_keys SET status = $3::int4, answer = $4::bytea
    WHERE id = $1::bytea AND attempt = $2::uuid AND status IS NULL
    """

  fileprivate static let giveUpRepeat: PostgresStatement = """
    DELETE FROM idempotency_keys WHERE id = $1::bytea AND attempt = $2::uuid AND status IS NULL
    """
}
