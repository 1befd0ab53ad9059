package import Postgres

/// Keeps what happens, for analytics.
package struct ActivityBook: Sendable {
  let client: PostgresClient

  package init(_ client: PostgresClient) { self.client = client }

  /// Adds to what is stored. What may have been stored is not to be added again.
  package func add(_ activity: Activity) async throws(PostgresError) {
    let places = activity.counts.sorted {
      ($0.key.site, $0.key.agent, $0.key.hour) < ($1.key.site, $1.key.agent, $1.key.hour)
    }
    var steps: [(PostgresStatement, [PostgresValue])] = []
    func column(_ value: (Activity.Counts) -> Int64) -> PostgresValue { .int8s(places.map { value($0.value) }) }
    steps.append(
      (
        Statements.addActivity,
        [
          .int8s(places.map(\.key.site)), .int8s(places.map(\.key.agent)),
          .timestamptzs(places.map { $0.key.hour * 1000 }), column(\.sessions), column(\.messages), column(\.answers),
          column(\.failed), column(\.stopped), column(\.interrupted), column(\.resumes), column(\.ratingsUp),
          column(\.ratingsDown), column(\.inputTokens),
          column(\.outputTokens),
        ]
      ))
    let latencies = places.flatMap { place, counts in
      [("first_byte", counts.firstBytes), ("whole", counts.wholes)].flatMap { kind, classes in
        classes.counts.sorted { $0.key < $1.key }.map { (place, kind, $0.key, $0.value) }
      }
    }
    if !latencies.isEmpty {
      steps.append(
        (
          Statements.addLatencies,
          [
            .int8s(latencies.map(\.0.site)), .int8s(latencies.map(\.0.agent)),
            .timestamptzs(latencies.map { $0.0.hour * 1000 }), .texts(latencies.map(\.1)),
            .int8s(latencies.map { Int64($0.2) }), .int8s(latencies.map(\.3)),
          ]
        ))
    }
    _ = try await client.transaction(steps)
  }
}

extension Statements {
  /// Sites and agents that are gone meanwhile are left out.
  fileprivate static let addActivity: PostgresStatement = """
    INSERT INTO activity AS a (
      site_id, agent_id, hour, sessions, messages, answers, failed, stopped, interrupted, resumes, ratings_up,
      ratings_down, input_tokens, output_tokens)
    SELECT n.* FROM unnest(
        $1::int8[], $2::int8[], $3::timestamptz[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[],
        $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[])
      AS n(site, agent, hour, sessions, messages, answers, failed, stopped, interrupted, resumes, up, down, input, output)
      JOIN sites s ON s.id = n.site JOIN agents g ON g.id = n.agent
    ON CONFLICT (site_id, hour, agent_id) DO UPDATE SET
      sessions = a.sessions + EXCLUDED.sessions, messages = a.messages + EXCLUDED.messages,
      answers = a.answers + EXCLUDED.answers, failed = a.failed + EXCLUDED.failed,
      stopped = a.stopped + EXCLUDED.stopped, interrupted = a.interrupted + EXCLUDED.interrupted,
      resumes = a.resumes + EXCLUDED.resumes, ratings_up = a.ratings_up + EXCLUDED.ratings_up,
      ratings_down = a.ratings_down + EXCLUDED.ratings_down, input_tokens = a.input_tokens + EXCLUDED.input_tokens,
      output_tokens = a.output_tokens + EXCLUDED.output_tokens
    """

  fileprivate static let addLatencies: PostgresStatement = """
    INSERT INTO activity_latencies AS l (site_id, agent_id, hour, kind, class, answers)
    SELECT n.site, n.agent, n.hour, n.kind, n.class::int, n.answers FROM unnest(
        $1::int8[], $2::int8[], $3::timestamptz[], $4::text[], $5::int8[], $6::int8[])
      AS n(site, agent, hour, kind, class, answers)
      JOIN sites s ON s.id = n.site JOIN agents g ON g.id = n.agent
    ON CONFLICT (site_id, hour, agent_id, kind, class) DO UPDATE SET answers = l.answers + EXCLUDED.answers
    """
}
