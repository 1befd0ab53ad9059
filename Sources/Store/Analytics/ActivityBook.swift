import JSONWire
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
    func column(_ value: (Activity.Counts) -> Int64) -> PostgresValue { .int8s(places.map { value($0.value) }) }
    _ = try await client.query(
      Statements.addActivity,
      [
        .int8s(places.map(\.key.site)), .int8s(places.map(\.key.agent)),
        .timestamptzs(places.map { $0.key.hour * 1000 }),
        column(\.sessions), column(\.messages), column(\.answers), column(\.failed), column(\.stopped),
        column(\.interrupted), column(\.resumes), column(\.ratingsUp), column(\.ratingsDown), column(\.inputTokens),
        column(\.outputTokens), column(\.estimatedTokens), .texts(places.map(\.value.firstBytes.literal)),
        .texts(places.map(\.value.wholes.literal)),
        .texts(
          places.map { JSONValue.object(JSONObject($0.value.costs.map { ($0.key, .int($0.value)) })).description }),
      ])
  }
}

extension Statements {
  /// Sites and agents that are gone meanwhile are left out.
  fileprivate static let addActivity: PostgresStatement = """
    INSERT INTO activity AS a (
      site_id, agent_id, hour, sessions, messages, answers, failed, stopped, interrupted, resumes, ratings_up,
      ratings_down, input_tokens, output_tokens, estimated_tokens, first_bytes, wholes, costs)
    SELECT n.site, n.agent, n.hour, n.sessions, n.messages, n.answers, n.failed, n.stopped, n.interrupted, n.resumes, n.up,
      n.down, n.input, n.output, n.estimated, n.first_bytes::int8[], n.wholes::int8[], n.costs::jsonb
    FROM unnest(
        $1::int8[], $2::int8[], $3::timestamptz[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[],
        $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::int8[], $16::text[], $17::text[],
        $18::text[])
      AS n(site, agent, hour, sessions, messages, answers, failed, stopped, interrupted, resumes, up, down, input, output,
        estimated, first_bytes, wholes, costs)
      JOIN sites s ON s.id = n.site JOIN agents g ON g.id = n.agent
    ON CONFLICT (site_id, hour, agent_id) DO UPDATE SET
      sessions = a.sessions + EXCLUDED.sessions, messages = a.messages + EXCLUDED.messages,
      answers = a.answers + EXCLUDED.answers, failed = a.failed + EXCLUDED.failed,
      stopped = a.stopped + EXCLUDED.stopped, interrupted = a.interrupted + EXCLUDED.interrupted,
      resumes = a.resumes + EXCLUDED.resumes, ratings_up = a.ratings_up + EXCLUDED.ratings_up,
      ratings_down = a.ratings_down + EXCLUDED.ratings_down, input_tokens = a.input_tokens + EXCLUDED.input_tokens,
      output_tokens = a.output_tokens + EXCLUDED.output_tokens,
      estimated_tokens = a.estimated_tokens + EXCLUDED.estimated_tokens,
      first_bytes = add_classes(a.first_bytes, EXCLUDED.first_bytes), wholes = add_classes(a.wholes, EXCLUDED.wholes),
      costs = add_costs(a.costs, EXCLUDED.costs)
    """
}

extension LatencyClasses {
  /// As PostgreSQL writes an array, with a number for each class from the first on.
  fileprivate var literal: String {
    let last = counts.keys.max() ?? -1
    return "{" + (0..<(last + 1)).map { "\(counts[$0] ?? 0)" }.joined(separator: ",") + "}"
  }
}
