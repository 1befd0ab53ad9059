import Postgres

extension Statements {
  /// What happened from a time to another, by hour or day and agent: when, with whom, and `activitySums`.
  static let requestedActivity = PostgresStatement(
    """
    SELECT date_trunc($1::text, a.hour, 'UTC'), g.slug, \(activitySums)
    FROM activity a JOIN agents g ON g.id = a.agent_id
    WHERE a.hour >= $2::timestamptz AND a.hour < $3::timestamptz AND ($4::text IS NULL OR g.slug = $4::text)
    GROUP BY 1, 2 ORDER BY 1, 2
    """)

  /// The counters in their order, the classes of times to the first byte and to the end, and costs by currency.
  static let activitySums = """
    sum(a.sessions)::int8, sum(a.messages)::int8, sum(a.answers)::int8, sum(a.failed)::int8, sum(a.stopped)::int8,
    sum(a.interrupted)::int8, sum(a.resumes)::int8, sum(a.ratings_up)::int8, sum(a.ratings_down)::int8,
    sum(a.input_tokens)::int8, sum(a.output_tokens)::int8, sum(a.estimated_tokens)::int8, sum_classes(a.first_bytes), sum_classes(a.wholes),
    sum_costs(a.costs)::text
    """

  /// How many sessions were used since a time. The index has their slots of ten minutes.
  static let requestedPresent: PostgresStatement = """
    SELECT count(*) FROM sessions
    WHERE last_activity_at > $1::timestamptz
      AND active_slot >= floor(date_part('epoch', $1::timestamptz - timestamptz '2000-01-01 00:00:00+00') / 600)::int8
    """
}
