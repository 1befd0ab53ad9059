package import Accounts
package import Postgres
import ProxyWire

/// How often somebody may try to log in or to register: by account, so that a password can't be tried out, and by
/// address, so that neither can accounts. In the database, so that all nodes count together. Both are buckets that
/// refill steadily: an account that somebody else tries out is not closed, it only has fewer tries left.
package struct LoginLimits: Sendable {
  package struct Rules: Sendable, Equatable {
    /// Tries for one account within a window; 0: no limit.
    package var perAccount: Int64 = 10
    /// Tries from one address, or one IPv6 network of 64 bits, within a window; 0: no limit.
    package var perAddress: Int64 = 100
    /// In seconds.
    package var window: Int64 = 900

    package init() {}
  }

  /// What is counted.
  package enum Subject: Sendable, Equatable {
    case account(EmailAddress)
    /// An address without its port, as text.
    case address(String)

    fileprivate var digest: [UInt8] {
      let text =
        switch self {
        case .account(let email): "account:\(email)"
        case .address(let address): "address:\(IPAddress(address).map { "\($0.network)" } ?? address)"
        }
      return SHA256.digest(Array(text.utf8))
    }
  }

  package let rules: Rules
  private let client: PostgresClient

  package init(_ client: PostgresClient, rules: Rules = Rules()) {
    self.client = client
    self.rules = rules
  }

  /// Takes one try of each subject, before it is known what comes of it: those who try many at once must not get more.
  /// - Returns: nil where all of them had one left; else in how many milliseconds the next may be made.
  package func take(_ subjects: [Subject]) async throws(PostgresError) -> Int? {
    let limited = parameters(subjects)
    guard let limited else { return nil }
    let rows = try await client.query(Statements.takeTries, limited)
    var wait: Int64?
    for row in 0..<rows.count { wait = max(wait ?? 0, try rows.int(row, 0)) }
    return wait.map { max(1000, Int($0)) }
  }

  /// Gives a try back: it was none, since the password was right.
  package func giveBack(_ subjects: [Subject]) async throws(PostgresError) {
    guard let limited = parameters(subjects) else { return }
    _ = try await client.query(Statements.giveTriesBack, Array(limited.prefix(2)))
  }

  /// Digests, milliseconds for one try, and milliseconds for as many as the window has; in the digests' order, so that
  /// two who take the same ones never wait for each other.
  private func parameters(_ subjects: [Subject]) -> [PostgresValue]? {
    let window = rules.window * 1000
    var rows: [(digest: [UInt8], step: Int64)] = []
    for subject in subjects {
      let most = if case .account = subject { rules.perAccount } else { rules.perAddress }
      if most > 0 { rows.append((subject.digest, max(1, window / most))) }
    }
    if rows.isEmpty { return nil }
    rows.sort { $0.digest.lexicographicallyPrecedes($1.digest) }
    return [.byteas(rows.map(\.digest)), .int8s(rows.map(\.step)), .int8s(rows.map { _ in window })]
  }
}

extension Statements {
  /// Answers for each that had none left in how many milliseconds it will. Some rows go that say nothing any more.
  fileprivate static let takeTries: PostgresStatement = """
    WITH input AS (
      SELECT subject, step * interval '1 millisecond' AS step, whole * interval '1 millisecond' AS whole
      FROM unnest($1::bytea[], $2::int8[], $3::int8[]) AS t(subject, step, whole)),
    gone AS (
      DELETE FROM login_limits WHERE subject IN (
        SELECT l.subject FROM login_limits l
        WHERE l.free_at < now() - interval '1 minute' AND l.subject <> ALL($1::bytea[])
        ORDER BY l.free_at LIMIT 100 FOR UPDATE SKIP LOCKED)),
    taken AS (
      INSERT INTO login_limits AS l (subject, free_at) SELECT subject, now() + step FROM input
      ON CONFLICT (subject) DO UPDATE
      SET free_at = greatest(l.free_at, now())
        + (SELECT i.step FROM input i WHERE i.subject = excluded.subject)
      WHERE greatest(l.free_at, now()) + (SELECT i.step - i.whole FROM input i WHERE i.subject = excluded.subject)
        <= now()
      RETURNING l.subject)
    SELECT (extract(epoch FROM coalesce(l.free_at, now()) + i.step - i.whole - now()) * 1000)::int8
    FROM input i LEFT JOIN login_limits l ON l.subject = i.subject
    WHERE i.subject NOT IN (SELECT subject FROM taken)
    """

  fileprivate static let giveTriesBack: PostgresStatement = """
    UPDATE login_limits l SET free_at = l.free_at - i.step * interval '1 millisecond'
    FROM unnest($1::bytea[], $2::int8[]) AS i(subject, step) WHERE l.subject = i.subject
    """
}
