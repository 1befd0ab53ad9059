package import Postgres

/// What happened on several sites, for those who keep them.
extension ActivityBook {
  /// What is asked for.
  package struct Question: Sendable {
    /// `hour` or `day`: what is counted together.
    package let step: String
    /// From a time on, and before another, in microseconds since 1970.
    package let from: Int64
    package let to: Int64
    /// The slug of the only agent; nil: all.
    package let agent: String?
    /// The numbers of the sites; nil: all.
    package let sites: [Int64]?
    /// Since when a session has to have been used to count as in use, as above.
    package let present: Int64

    package init(step: String, from: Int64, to: Int64, agent: String?, sites: [Int64]?, present: Int64) {
      self.step = step
      self.from = from
      self.to = to
      self.agent = agent
      self.sites = sites
      self.present = present
    }
  }

  /// The rows of `RequestStatement.activity`, each behind its site's key, and how many sessions are in use.
  package func read(
    _ question: Question
  ) async throws(PostgresError) -> (activity: PostgresRows, present: Int64) {
    let sites = question.sites.map { PostgresValue.int8s($0) } ?? .null
    let parameters: [PostgresValue] = [
      .text(question.step), .timestamptz(question.from), .timestamptz(question.to),
      question.agent.map { .text($0) } ?? .null, sites,
    ]
    let results = try await client.transaction([
      (Statements.activityOfSites, parameters),
      (Statements.presentOnSites, [.timestamptz(question.present), sites]),
    ])
    return (results[0], try results[1].int(0, 0))
  }
}

extension Statements {
  fileprivate static let activityOfSites = PostgresStatement(
    """
    SELECT s.key, date_trunc($1::text, a.hour, 'UTC'), g.slug, \(activitySums)
    FROM sites s JOIN activity a ON a.site_id = s.id JOIN agents g ON g.id = a.agent_id
    WHERE a.hour >= $2::timestamptz AND a.hour < $3::timestamptz AND ($4::text IS NULL OR g.slug = $4::text)
      AND ($5::int8[] IS NULL OR s.id = ANY($5::int8[]))
    GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
    """)

  fileprivate static let presentOnSites: PostgresStatement = """
    SELECT count(*) FROM sessions
    WHERE active_slot >= floor(date_part('epoch', $1::timestamptz - timestamptz '2000-01-01 00:00:00+00') / 600)::int8
      AND last_activity_at > $1::timestamptz AND deleted_at IS NULL
      AND ($2::int8[] IS NULL OR site_id = ANY($2::int8[]))
    """
}
