import LoadKit

/// Sessions that are put into the database as the server would have left them, many at a time: each with so many turns, an
/// answer behind each question.
struct StoredSessions {
  let database: Database
  let turns: Int
  let life: Life
  private let run = UInt64.random(in: 0...(.max))
  private(set) var count = 0

  /// What sets sessions apart from each other.
  struct Life {
    /// How many sessions each visitor has.
    var sessionsOfVisitor = 1
    /// Over how many days up to now they were held.
    var days = 0.0
    /// How many words each message has beside its sentence, drawn from `vocabulary`, the first of them most often; they
    /// and the sessions' titles are taken down for search.
    var words = 0

    /// All alike, just held, each of another visitor.
    static let none = Life()

    /// The words that messages have: `w0`, `w1` and so on, in hexadecimal.
    static let vocabulary = 20_000
  }

  init(in database: Database, turns: Int, life: Life = .none) {
    self.database = database
    self.turns = turns
    self.life = life
  }

  /// A session's messages.
  var messages: Int { 2 * turns }

  func identity(_ index: Int) -> ChatIdentity {
    ChatIdentity(run: run, index: index, owner: index / life.sessionsOfVisitor)
  }

  /// The id of the answer of a turn, by the turn's number from 0 on.
  func answer(_ turn: Int) -> String { "00000000-0000-4000-9000" + ChatFrames.messageID(UInt64(turn + 1)).suffix(13) }

  /// Makes sessions until there are so many, or a few more: a visitor has all of its own.
  mutating func grow(to goal: Int) throws {
    let prefix = String(identity(0).session.dropFirst("bench_".count).prefix(16))
    let step = 5000 / life.sessionsOfVisitor * life.sessionsOfVisitor
    while count < goal {
      let visitors = (min(goal, count + step) + life.sessionsOfVisitor - 1) / life.sessionsOfVisitor
      let next = visitors * life.sessionsOfVisitor
      let part = [prefix, "\(count)", "\(next - 1)"]
      try database.query("BEGIN")
      try database.query(
        Self.statement,
        part + ["\(turns)", ChatLoad.sentence, "\(life.sessionsOfVisitor)", "\(life.days)", "\(life.words)"])
      if life.words > 0 {
        try database.query(Self.titles, part)
        try database.query(Self.words, part)
      }
      try database.query("COMMIT")
      count = next
      // For Ctrl-C.
      try Patience.pause(seconds: 0)
    }
  }

  /// Each turn is three versions: the question, the answer's beginning, its end.
  private static let statement = """
    WITH input AS MATERIALIZED (
      SELECT 'bench_' || $1::text || lpad(to_hex(i), 16, '0') AS public_id,
        sha256(convert_to(rpad($1::text || lpad(to_hex(i / $6::int8), 16, '0'), 43, 'A'), 'UTF8')) AS digest,
        now() - random() * $7::float8 * interval '1 day' AS ended
      FROM generate_series($2::int8, $3::int8) AS i),
    place AS (
      SELECT s.id AS site_id, a.id AS agent_id FROM sites s, agents a WHERE a.slug = 'script' ORDER BY s.id LIMIT 1),
    owners AS (
      INSERT INTO visitors (site_id, token_digest) SELECT DISTINCT p.site_id, i.digest FROM input i, place p
      RETURNING id, token_digest),
    made AS (
      INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, version, message_count, title, status, started_at,
        last_activity_at)
      SELECT i.public_id, p.site_id, p.agent_id, o.id, 3 * $4::int8, 2 * $4::int8,
        CASE WHEN $8::int8 > 0 THEN 'About w' || to_hex(floor(\(Life.vocabulary) * power(random(), 3))::int) END,
        CASE WHEN i.ended < now() - interval '1 day' THEN 'inactive' ELSE 'active' END,
        i.ended - $4::int8 * interval '20 seconds', i.ended
      FROM input i JOIN owners o ON o.token_digest = i.digest, place p
      RETURNING id, last_activity_at)
    INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at, reply_to)
    SELECT m.id, part.id, 3 * turn + part.created, 3 * turn + part.changed, part.role, 'complete',
      part.beginning || $5::text || coalesce(
        (SELECT string_agg('w' || to_hex(floor(\(Life.vocabulary) * power(random(), 3))::int), ' ')
          FROM generate_series(1, $8::int8) WHERE part.id IS NOT NULL), '') || part.ending,
      m.last_activity_at - ($4::int8 - 1 - turn) * interval '20 seconds', part.reply_to
    FROM made m, generate_series(0, $4::int8 - 1) AS turn,
      LATERAL (SELECT lpad(to_hex(turn + 1), 12, '0') AS number) AS n,
      LATERAL (SELECT ('00000000-0000-4000-8000-' || number)::uuid AS question) AS q,
      LATERAL (VALUES
        (question, 1, 1, 'user', '/script {"text":"', '"}', NULL),
        (('00000000-0000-4000-9000-' || number)::uuid, 2, 3, 'assistant', '', '', question))
        AS part (id, created, changed, role, beginning, ending, reply_to)
    """

  private static let own = """
    s.public_id BETWEEN 'bench_' || $1::text || lpad(to_hex($2::int8), 16, '0')
      AND 'bench_' || $1::text || lpad(to_hex($3::int8), 16, '0')
    """

  private static let titles = """
    INSERT INTO search_entries (session_id, message_id, site_id, visitor_id, created_at, words)
    SELECT s.id, '00000000-0000-0000-0000-000000000000', s.site_id, s.visitor_id, s.started_at,
      conversation_words(i.languages, s.title)
    FROM sessions s JOIN sites i ON i.id = s.site_id WHERE \(own)
    """

  private static let words = "SELECT search_take_down((SELECT array_agg(s.id) FROM sessions s WHERE \(own)))"
}
