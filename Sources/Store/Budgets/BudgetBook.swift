package import Postgres

/// Keeps what was used of models, for all servers together.
package struct BudgetBook: Sendable {
  private let client: PostgresClient

  package init(_ client: PostgresClient) { self.client = client }

  /// Adds to what was used. What may have been stored is not to be added again.
  package func add(_ usage: TokenUsage) async throws(PostgresError) {
    // In one order, so that two servers never wait for each other.
    let rows = usage.tokens.sorted { one, other in
      let (a, b) = (one.key, other.key)
      return (a.spender.site, a.day, a.spender.kind.rawValue) != (b.spender.site, b.day, b.spender.kind.rawValue)
        ? (a.spender.site, a.day, a.spender.kind.rawValue) < (b.spender.site, b.day, b.spender.kind.rawValue)
        : a.spender.owner.lexicographicallyPrecedes(b.spender.owner)
    }
    _ = try await client.query(
      Statements.addTokens,
      [
        .int8s(rows.map(\.key.spender.site)), .int8s(rows.map(\.key.day)),
        .texts(rows.map(\.key.spender.kind.rawValue)), .byteas(rows.map(\.key.spender.owner)),
        .int8s(rows.map(\.value)),
      ])
  }

  /// Those who have used up what they may on a day.
  /// - Parameters:
  ///   - day: in UTC, counted since 1970.
  ///   - budgets: for sites that say nothing themselves.
  package func spent(on day: Int64, _ budgets: Budgets) async throws(PostgresError) -> Set<Spender> {
    let kinds = SpenderKind.allCases
    let rows = try await client.query(
      Statements.spentBudgets,
      [.int8(day), .texts(kinds.map(\.rawValue)), .int8s(kinds.map { budgets[$0] })])
    var found: Set<Spender> = []
    for row in 0..<rows.count {
      guard let kind = SpenderKind(rawValue: try rows.text(row, 1)) else { continue }
      found.insert(Spender(site: try rows.int(row, 0), kind: kind, owner: try rows.bytes(row, 2)))
    }
    return found
  }
}

extension Statements {
  /// Sites that are gone meanwhile are left out.
  fileprivate static let addTokens: PostgresStatement = """
    INSERT INTO token_usage AS u (site_id, day, kind, owner, tokens)
    SELECT n.site, date '1970-01-01' + n.day::int, n.kind, n.owner, n.tokens
    FROM unnest($1::int8[], $2::int8[], $3::text[], $4::bytea[], $5::int8[]) AS n(site, day, kind, owner, tokens)
      JOIN sites s ON s.id = n.site
    ON CONFLICT (site_id, day, kind, owner) DO UPDATE SET tokens = u.tokens + EXCLUDED.tokens
    """

  fileprivate static let spentBudgets: PostgresStatement = """
    SELECT u.site_id, u.kind, u.owner
    FROM unnest($2::text[], $3::int8[]) AS d(kind, tokens) CROSS JOIN sites s
      CROSS JOIN LATERAL (SELECT coalesce((s.budgets ->> d.kind)::int8, d.tokens) AS tokens) b
      JOIN LATERAL (
        SELECT t.* FROM token_usage t
        WHERE t.site_id = s.id AND t.day = date '1970-01-01' + $1::int8::int AND t.kind = d.kind
          AND t.tokens >= b.tokens) u ON true
    WHERE b.tokens > 0
    """
}
