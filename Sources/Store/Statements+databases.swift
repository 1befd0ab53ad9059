import Postgres

/// Users' databases. Requests see them under row-level security (its migration); what changes them names their owner.
extension Statements {
  static let addDatabase = PostgresStatement(
    """
    WITH \(person)
    INSERT INTO databases (
      site_id, visitor_id, public_id, name, kind, host, port, database_name, username, sealed_password, tls,
      shares_samples)
    SELECT $1::int8, p.id, $7::text, $8::text, $16::text, $9::text, $10::int4, $11::text, $12::text, $13::bytea,
      $14::text, $17::bool
    FROM person p WHERE (SELECT count(*) FROM databases d WHERE d.visitor_id = p.id) < $15::int8
    """)

  /// The owner's row of a database; `d`.
  private static let ownDatabase = """
    FROM databases d JOIN visitors v ON v.id = d.visitor_id
    WHERE d.public_id = $1::text AND d.site_id = $2::int8 AND v.token_digest = $3::bytea
    """

  static let deleteDatabase = PostgresStatement(
    """
    WITH old AS (SELECT d.id \(ownDatabase)),
    users AS (
      SELECT s.public_id FROM session_databases c JOIN old ON old.id = c.database_id
        JOIN sessions s ON s.id = c.session_id),
    gone AS (DELETE FROM databases d USING old WHERE d.id = old.id RETURNING d.id)
    SELECT EXISTS (SELECT FROM gone), ARRAY(SELECT public_id FROM users)
    """)

  static let connectDatabase: PostgresStatement = """
    INSERT INTO session_databases AS c (session_id, database_id)
    SELECT s.id, d.id FROM sessions s JOIN visitors v ON v.id = s.visitor_id JOIN databases d ON d.visitor_id = v.id
    WHERE s.public_id = $1::text AND s.deleted_at IS NULL AND s.site_id = $3::int8 AND v.token_digest = $4::bytea
      AND d.public_id = $2::text
    ON CONFLICT (session_id) DO UPDATE SET database_id = excluded.database_id, connected_at = now()
    """

  static let disconnectDatabase: PostgresStatement = """
    DELETE FROM session_databases c USING sessions s, visitors v
    WHERE s.id = c.session_id AND s.public_id = $1::text AND s.site_id = $2::int8 AND v.id = s.visitor_id
      AND v.token_digest = $3::bytea
    """

  private static let accessColumns = """
    d.public_id, d.host, d.port::int8, d.database_name, d.username, d.tls, d.sealed_password, v.token_digest, d.kind,
    d.shares_samples
    """

  static let databaseAccess = PostgresStatement("SELECT \(accessColumns) \(ownDatabase)")

  static let sessionAccess = PostgresStatement(
    """
    SELECT \(accessColumns) FROM sessions s JOIN session_databases c ON c.session_id = s.id
      JOIN databases d ON d.id = c.database_id AND d.visitor_id = s.visitor_id JOIN visitors v ON v.id = d.visitor_id
    WHERE s.public_id = $1::text AND s.deleted_at IS NULL
    """)

  /// A database as it is shown; `d`.
  private static let databaseColumns = """
    d.public_id, d.name, d.kind, d.host, d.port::int8, d.database_name, d.username, d.tls, d.created_at,
    d.shares_samples
    """

  /// The owner's databases, the oldest first: all, or that of an id or, where there is none, of a name.
  static let requestedDatabases = PostgresStatement(
    """
    SELECT \(databaseColumns) FROM databases d
    WHERE d.visitor_id = acting_visitor() AND ($1::text IS NULL OR d.public_id = $1::text OR d.name = $1::text)
    ORDER BY d.public_id IS DISTINCT FROM $1::text, d.id
    """)

  /// The database that a session is connected to, and since when; the row is there where the session is.
  static let requestedConnection = PostgresStatement(
    """
    SELECT \(databaseColumns), c.connected_at
    FROM sessions s LEFT JOIN session_databases c ON c.session_id = s.id LEFT JOIN databases d ON d.id = c.database_id
    WHERE s.public_id = $1::text
    """)
}
