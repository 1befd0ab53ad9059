import Postgres
import Sealing

/// A column in which something lies sealed. All of them are here, so that a new secret key reaches every secret.
struct SealedColumn: Sendable {
  let table: String
  /// What tells its rows apart, as SQL, where the table is `t`.
  let key: String
  let column: String
  /// Where the same lies clear in deployments that had no secret key, as SQL of type `bytea`, and the column itself.
  let clear: (expression: String, column: String)?
  /// Whether a row is nothing without it.
  let isWholeRow: Bool

  static let signingKeys = SealedColumn(
    table: "signing_keys", key: "t.kid", column: "sealed_seed", clear: ("t.seed", "seed"),
    isWholeRow: true)
  static let siteSecrets = SealedColumn(
    table: "site_identities", key: "(SELECT s.key FROM sites s WHERE s.id = t.site_id)", column: "sealed_secret",
    clear: ("convert_to(t.secret, 'UTF8')", "secret"), isWholeRow: false)

  static let databases = SealedColumn(
    table: "databases", key: "t.public_id", column: "sealed_password", clear: nil, isWholeRow: true)

  static let agentSecrets = SealedColumn(
    table: "agent_secrets", key: "((SELECT a.slug FROM agents a WHERE a.id = t.agent_id) || '.' || t.name)",
    column: "sealed_value", clear: nil, isWholeRow: true)

  static let all = [signingKeys, siteSecrets, databases, agentSecrets]

  /// What a row's secret is sealed for.
  func row(_ key: String) -> String { "\(table).\(column):\(key)" }

  // MARK: Statements

  /// The keys and secrets of rows that lie clear.
  var listClear: PostgresStatement? {
    clear.map { PostgresStatement("SELECT \(key), \($0.expression) FROM \(table) t WHERE \($0.column) IS NOT NULL") }
  }

  /// Seals a row that has lain clear: its key, what was clear, and what it is sealed.
  var seal: PostgresStatement? {
    clear.map {
      PostgresStatement(
        """
        UPDATE \(table) t SET \(column) = $3::bytea, \($0.column) = NULL
        WHERE \(key) = $1::text AND \($0.expression) = $2::bytea
        """)
    }
  }

  /// The keys and secrets of all rows that are sealed.
  var listSealed: PostgresStatement {
    PostgresStatement("SELECT \(key), t.\(column) FROM \(table) t WHERE t.\(column) IS NOT NULL")
  }

  /// Forgets what a row has sealed: its key, and the sealed text.
  var forget: PostgresStatement {
    let change = isWholeRow ? "DELETE FROM \(table) t" : "UPDATE \(table) t SET \(column) = NULL"
    return PostgresStatement("\(change) WHERE \(key) = $1::text AND t.\(column) = $2::bytea")
  }

  /// Replaces what a row has sealed: its key, the old text, and the new one.
  var replace: PostgresStatement {
    PostgresStatement(
      "UPDATE \(table) t SET \(column) = $3::bytea WHERE \(key) = $1::text AND t.\(column) = $2::bytea")
  }
}

extension Sealer {
  /// Seals the secret of a row.
  func seal(_ secret: [UInt8], of key: String, in column: SealedColumn) throws(SealingError) -> [UInt8] {
    try seal(secret, for: column.row(key))
  }
}

extension Sealer? {
  /// Opens the secret of a row.
  func open(_ sealed: [UInt8], of key: String, in column: SealedColumn) throws(SealingError) -> [UInt8] {
    guard let self else { throw .unknownVersion(Sealer.version(of: sealed) ?? 0) }
    return try self.open(sealed, for: column.row(key))
  }
}
