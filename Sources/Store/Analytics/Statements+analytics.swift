import Postgres

extension Statements {
  /// What happened from a time to another, by hour or day and agent.
  static let requestedActivity: PostgresStatement = """
    SELECT date_trunc($1::text, a.hour, 'UTC'), g.slug, sum(a.sessions)::int8, sum(a.messages)::int8,
      sum(a.answers)::int8, sum(a.failed)::int8, sum(a.stopped)::int8, sum(a.interrupted)::int8, sum(a.resumes)::int8,
      sum(a.ratings_up)::int8, sum(a.ratings_down)::int8, sum(a.input_tokens)::int8, sum(a.output_tokens)::int8
    FROM activity a JOIN agents g ON g.id = a.agent_id
    WHERE a.hour >= $2::timestamptz AND a.hour < $3::timestamptz AND ($4::text IS NULL OR g.slug = $4::text)
    GROUP BY 1, 2 ORDER BY 1, 2
    """

  static let requestedLatencies: PostgresStatement = """
    SELECT date_trunc($1::text, l.hour, 'UTC'), g.slug, l.kind, l.class::int8, sum(l.answers)::int8
    FROM activity_latencies l JOIN agents g ON g.id = l.agent_id
    WHERE l.hour >= $2::timestamptz AND l.hour < $3::timestamptz AND ($4::text IS NULL OR g.slug = $4::text)
    GROUP BY 1, 2, 3, 4
    """

  /// How many sessions were used since a time.
  static let requestedPresent: PostgresStatement = "SELECT count(*) FROM sessions WHERE last_activity_at > $1"
}
