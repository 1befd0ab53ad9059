import LoadKit

/// Sessions that are put into the database as the server would have left them, many at a time: each with a visitor of its
/// own and so many turns, an answer behind each question.
struct StoredSessions {
  let database: Database
  let turns: Int
  private let run = UInt64.random(in: 0...(.max))
  private(set) var count = 0

  init(in database: Database, turns: Int) {
    self.database = database
    self.turns = turns
  }

  /// A session's messages.
  var messages: Int { 2 * turns }

  func identity(_ index: Int) -> ChatIdentity { ChatIdentity(run: run, index: index) }

  /// Makes sessions until there are so many.
  mutating func grow(to goal: Int) throws {
    let prefix = identity(0).session.dropFirst("bench_".count).prefix(16)
    while count < goal {
      let next = min(goal, count + 5000)
      try database.query(Self.statement, [String(prefix), "\(count)", "\(next - 1)", "\(turns)", ChatLoad.sentence])
      count = next
      // For Ctrl-C.
      try Patience.pause(seconds: 0)
    }
  }

  /// Each turn is three versions: the question, the answer's beginning, its end.
  private static let statement = """
    WITH input AS MATERIALIZED (
      SELECT 'bench_' || name AS public_id, sha256(convert_to(rpad(name, 43, 'A'), 'UTF8')) AS digest
      FROM generate_series($2::int8, $3::int8) AS i, LATERAL (SELECT $1 || lpad(to_hex(i), 16, '0') AS name) AS n),
    place AS (
      SELECT s.id AS site_id, a.id AS agent_id FROM sites s, agents a WHERE a.slug = 'script' ORDER BY s.id LIMIT 1),
    owners AS (
      INSERT INTO visitors (site_id, token_digest) SELECT p.site_id, i.digest FROM input i, place p
      RETURNING id, token_digest),
    made AS (
      INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, version, message_count, started_at,
        last_activity_at)
      SELECT i.public_id, p.site_id, p.agent_id, o.id, 3 * $4::int8, 2 * $4::int8, now(), now()
      FROM input i JOIN owners o ON o.token_digest = i.digest, place p
      RETURNING id)
    INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at, reply_to)
    SELECT m.id, part.id, 3 * turn + part.created, 3 * turn + part.changed, part.role, 'complete', part.content, now(),
      part.reply_to
    FROM made m, generate_series(0, $4::int8 - 1) AS turn,
      LATERAL (SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(turn + 1), 12, '0'))::uuid AS question) AS q,
      LATERAL (VALUES
        (question, 1, 1, 'user', '/script {"text":"' || $5::text || '"}', NULL),
        (gen_random_uuid(), 2, 3, 'assistant', $5::text, question))
        AS part (id, created, changed, role, content, reply_to)
    """
}
