import Accounts
import JSONWire
import LoadKit

/// Requests to each route, one route after the other, beside many stored messages.
struct RestLoad {
  var target: LoadTarget
  let database: Database
  /// Messages that this load has stored before it begins.
  var stored = 1_000_000
  var connections = 50
  var warm = 0.5
  var seconds = 2.0
  var process: Int32?
  /// Only routes whose names hold this; empty: all.
  var only = ""

  func run() throws -> [Figure] {
    let messages = 20
    var sessions = StoredSessions(
      in: database, turns: messages / 2, life: .init(sessionsOfVisitor: 10, days: 60, words: 8))
    try sessions.grow(to: max(100, stored / messages))
    try database.query(Self.activity)
    try database.settle()
    let routes = RestRoutes(sessions: sessions, key: try makeKey(), user: try makeUser())
    var figures = [
      Figure("messages stored", Format.count(Double(try database.messages()))),
      Figure("sessions that they belong to", Format.count(Double(sessions.count))),
    ]
    for route in routes.all where only.isEmpty || route.name.contains(only) { figures += try measure(route) }
    return figures
  }

  private func measure(_ route: RestRoute) throws -> [Figure] {
    // Where there are only so many requests, all of them count.
    let warm = route.most == .max ? warm : 0
    let scenarios = try Crew().run(
      "the requests \(route.name)", at: target, dividing: connections, seconds: warm + seconds + 90
    ) { part, gate in
      RequestScenario(
        connections: part.count, most: route.most,
        window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process), route.request)
    }
    let latency = scenarios.map(\.latency).merged
    return [
      Figure(
        "\(route.name): requests a second",
        Format.count(Double(scenarios.map(\.inTime).reduce(0, +)) / max(scenarios[0].result.seconds, 0.001))),
      Figure("\(route.name): p50", Format.duration(latency.percentile(0.5))),
      Figure("\(route.name): p99", Format.duration(latency.percentile(0.99))),
    ]
  }

  // MARK: Who asks

  /// A server's key, of all sites.
  private func makeKey() throws -> String {
    let key = APIKey.random()
    let digest = key.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try database.query(
      """
      INSERT INTO api_keys (prefix, digest, name, scopes)
      VALUES ($1, decode($2, 'hex'), 'skein-bench', '{sessions:read,sites:read,audit:read}')
      """, [key.shown, digest])
    // The server hears of it.
    try Patience.pause(seconds: 1)
    return key.text
  }

  /// An admin's access token.
  private func makeUser() throws -> String {
    let name = "bench-\(String(UInt64.random(in: 0...(.max)), radix: 36))@example.com"
    let password = String(UInt64.random(in: 0...(.max)), radix: 36) + String(UInt64.random(in: 0...(.max)), radix: 36)
    let content = JSONValue.object(JSONObject([("email", .string(name)), ("password", .string(password))])).bytes
    _ = try ask(PlainRequest.bytes("POST", "/v1/auth/register", content))
    try database.query("UPDATE users SET role = 'admin', changed_at = now() WHERE email = $1", [name])
    try Patience.pause(seconds: 1)
    let answer = try ask(PlainRequest.bytes("POST", "/v1/auth/log-in", content))
    guard let token = try? JSONValue(parsing: answer)["access_token"]?.string else {
      throw LoadError("the server's log-in gives no token")
    }
    return token
  }

  /// Sends one request.
  /// - Returns: the content of its answer.
  private func ask(_ request: [UInt8]) throws -> [UInt8] {
    try Crew().run("a request", at: target, dividing: 1, seconds: 30) { _, gate in
      RequestScenario(
        connections: 1, most: 1, window: MeasuredWindow(gate: gate, warm: 0, seconds: 30, process: nil)
      ) { _ in request }
    }[0].content
  }

  /// What has happened on the site for as long as the sessions go back, so that analytics have something to add up.
  private static let activity = """
    WITH place AS (
      SELECT s.id AS site_id, a.id AS agent_id FROM sites s, agents a WHERE a.slug = 'script' ORDER BY s.id LIMIT 1),
    classes AS (
      SELECT array_agg(CASE WHEN class < 20 THEN 0 ELSE 1 + class % 7 END ORDER BY class) AS counts
      FROM generate_series(0, 49) AS class)
    INSERT INTO activity (site_id, agent_id, hour, sessions, messages, answers, first_bytes, wholes)
    SELECT site_id, agent_id, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 35, 700, 350, counts, counts
    FROM place, classes, generate_series(1, 60 * 24) AS n ON CONFLICT DO NOTHING
    """
}
