import LoadKit
import Store

/// What PostgreSQL by itself makes of the statement with which the journal stores people's messages: by pgbench, a
/// message and a commit at a time over several connections, as a server does that stores each for itself.
struct PgbenchLoad {
  let database: Database
  var connections = 16
  var seconds = 5.0

  private static let sessions = 1000

  func run() throws -> [Figure] {
    var stored = StoredSessions(in: database, turns: 0)
    try stored.grow(to: Self.sessions)
    let ids = [stored.identity(0).session, stored.identity(Self.sessions - 1).session]
    let keys = try database.query("SELECT min(id), max(id) FROM sessions WHERE public_id BETWEEN $1 AND $2", ids)[0]
    guard let first = keys[0], let last = keys[1] else { throw LoadError("no sessions were stored") }
    // The runs that it leaves are no node's, and would be answered once their leases have run out.
    defer { _ = try? database.query("DELETE FROM runs WHERE session_id BETWEEN $1::int8 AND $2::int8", [first, last]) }
    let folder = try AllCommand.temporaryFolder()
    defer { SystemFile.removeFolder(folder) }
    try SystemFile.write("\\set session random(\(first), \(last))\n\(Self.statement);\n", to: folder + "/accept.sql")
    let settings = PostgresStore.plannerSettings.map { "-c \($0.name)=\($0.value)" }.joined(separator: " ")
    let pgbench = try ChildServer([
      "/usr/bin/env", "PGOPTIONS=\(settings)", "pgbench", "-n", "-M", "prepared", "-f", folder + "/accept.sql",
      "-c", "\(connections)", "-T", "\(Int(seconds.rounded(.up)))", database.url,
    ])
    let said = try pgbench.outcome(seconds: seconds + 60)
    guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
      let rate = line.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) })
    else { throw LoadError("pgbench tells no rate: \(said)") }
    return [Figure("pgbench, \(connections) connections: messages a second", Format.count(rate))]
  }

  /// The journal's own statement for one message of a session that is drawn anew each time.
  private static var statement: String {
    let columns = [
      ("int8[]", "ARRAY[:session]"), ("uuid[]", "ARRAY[gen_random_uuid()]"),
      ("text[]", "ARRAY['\(ChatLoad.shortest)']"),
      ("jsonb[]", "ARRAY['{}']"), ("timestamptz[]", "ARRAY[now()]"), ("bool[]", "ARRAY[false]"),
      ("bool[]", "ARRAY[false]"), ("uuid", "'00000000-0000-0000-0000-000000000001'"), ("int8", "86400000"),
    ]
    var statement = PostgresStore.acceptStatement
    for (index, (type, value)) in columns.enumerated() {
      statement = statement.replacing("$\(index + 1)::\(type)", with: "(\(value))::\(type)")
    }
    return statement
  }
}
