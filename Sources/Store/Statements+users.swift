import Postgres

/// What is asked of users.
extension Statements {
  private static let userColumns = """
    u.id, u.email, u.name, u.role, u.created_at, u.logged_in_at, u.disabled_at IS NOT NULL
    """

  static let users = PostgresStatement(
    """
    SELECT \(userColumns) FROM users u
    WHERE ($1::text IS NULL OR u.email = $1::text) AND ($2::int8 IS NULL OR u.id = $2::int8) ORDER BY u.id
    """)

  static let listedUsers = PostgresStatement(
    "SELECT \(userColumns) FROM users u WHERE u.id > $1::int8 ORDER BY u.id LIMIT $2::int8")

  static let sitesOfOwner: PostgresStatement = """
    SELECT s.id FROM sites s JOIN visitors v ON v.site_id = s.id AND v.token_digest = $1::bytea ORDER BY s.id
    """

  static let memberships: PostgresStatement = """
    SELECT s.id, s.key, m.role FROM memberships m JOIN sites s ON s.id = m.site_id WHERE m.user_id = $1 ORDER BY s.id
    """

  static let createUser = PostgresStatement(
    """
    WITH u AS (
      INSERT INTO users (email, password_hash, name, role) VALUES ($1::text, $2::text, $3::text, $4::text)
      ON CONFLICT (email) DO NOTHING
      RETURNING *),
    \(AuditNote.expression(of: "u", target: "'user:' || u.id", from: 5))
    SELECT \(userColumns) FROM u
    """)

  static let setPassword = PostgresStatement(
    """
    WITH u AS (UPDATE users SET password_hash = $2::text WHERE id = $1::int8 RETURNING *),
    over AS (
      UPDATE refresh_families f SET ended = 'revoked', ended_at = now(), last_digest = NULL, last_nonce = NULL,
        last_used_at = NULL
      FROM u WHERE f.user_id = u.id AND f.ended IS NULL),
    \(AuditNote.expression(of: "u", target: "'user:' || u.id", from: 3))
    SELECT 1
    """)

  static let lockOwners: PostgresStatement = """
    SELECT FROM users WHERE role = 'owner' ORDER BY id FOR NO KEY UPDATE
    """

  static let updateUser = PostgresStatement(
    """
    WITH u AS (
      UPDATE users SET name = coalesce($2::text, name), role = coalesce($3::text, role),
        disabled_at = CASE $4::bool WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL
          ELSE disabled_at END,
        changed_at = now()
      WHERE id = $1::int8 AND role = ANY($5::text[]) AND (
        role <> 'owner' OR disabled_at IS NOT NULL OR coalesce($3::text, role) = 'owner' AND $4::bool IS NOT TRUE
        OR EXISTS (SELECT FROM users o WHERE o.role = 'owner' AND o.disabled_at IS NULL AND o.id <> $1::int8))
      RETURNING *),
    over AS (
      UPDATE refresh_families f SET ended = 'revoked', ended_at = now(), last_digest = NULL, last_nonce = NULL,
        last_used_at = NULL
      FROM u WHERE f.user_id = u.id AND u.disabled_at IS NOT NULL AND f.ended IS NULL),
    \(AuditNote.expression(of: "u", target: "'user:' || u.id", from: 6))
    SELECT \(userColumns) FROM u
    """)

  static let deleteUser = PostgresStatement(
    """
    WITH u AS (
      DELETE FROM users
      WHERE id = $1::int8 AND role = ANY($2::text[]) AND (
        role <> 'owner' OR disabled_at IS NOT NULL
        OR EXISTS (SELECT FROM users o WHERE o.role = 'owner' AND o.disabled_at IS NULL AND o.id <> $1::int8))
      RETURNING *),
    \(AuditNote.expression(of: "u", target: "'user:' || u.id", from: 3))
    SELECT 1 FROM u
    """)

  static let setMembership = PostgresStatement(
    """
    WITH s AS (SELECT id FROM sites WHERE key = $2::text),
    given AS (
      INSERT INTO memberships (user_id, site_id, role) SELECT $1::int8, id, $3::text FROM s WHERE $3::text IS NOT NULL
      ON CONFLICT (user_id, site_id) DO UPDATE SET role = excluded.role),
    taken AS (
      DELETE FROM memberships m USING s WHERE m.site_id = s.id AND m.user_id = $1::int8 AND $3::text IS NULL),
    \(AuditNote.expression(of: "s", target: "'user:' || $1::int8", site: "s.id", from: 4))
    SELECT id FROM s
    """)

  static let userToLogIn = PostgresStatement(
    "SELECT \(userColumns), u.password_hash FROM users u WHERE u.email = $1::text")

  /// The hash is made anew only where it is still the one that was verified.
  static let noteLogIn: PostgresStatement = """
    UPDATE users SET logged_in_at = now(),
      password_hash = CASE WHEN password_hash = $2::text THEN coalesce($3::text, password_hash) ELSE password_hash END
    WHERE id = $1::int8
    """
}
