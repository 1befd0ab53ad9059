import ChaosKit
import Glibc
import JSONWire
import Log
import Postgres
import Reactor
import Synchronization

/// What the database has, read from the main thread, which waits for it.
final class StoredState {
  /// What is to be gone once nothing runs any more.
  struct Leftovers: Equatable {
    var runs = 0
    var chunks = 0
    var streaming = 0
  }

  private final class Box<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }

  private let loop: EventLoop
  private let client: PostgresClient

  init(url: String) throws {
    loop = try EventLoop()
    loop.start()
    client = PostgresClient(
      loop: loop, configuration: try PostgresConfiguration(url: url), log: Logger("chaos", level: .error))
  }

  func close() {
    let client = client
    try? wait { await client.close() }
    loop.stop()
    loop.join()
  }

  private func wait<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let box = Box<Value>()
    Task.detached {
      let result: Result<Value, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      box.result.withLock { $0 = result }
    }
    while true {
      if let result = box.result.withLock({ $0 }) { return try result.get() }
      usleep(1000)
    }
  }

  private func query(_ statement: PostgresStatement, _ parameters: [PostgresValue] = []) throws -> PostgresRows {
    let client = client
    return try wait { try await client.query(statement, parameters, timeout: 60_000) }
  }

  func leftovers() throws -> Leftovers {
    let rows = try query(
      """
      SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM message_chunks),
        (SELECT count(*) FROM messages WHERE status = 'streaming')
      """)
    return Leftovers(
      runs: Int(try rows.int(0, 0)), chunks: Int(try rows.int(0, 1)), streaming: Int(try rows.int(0, 2)))
  }

  /// Lines that name what is left, a few of each kind.
  func leftoverLines() throws -> [String] {
    let rows = try query(
      """
      (SELECT 'the run of question ' || r.question_id || ', answer ' || coalesce(r.answer_id::text, 'none')
         || ', stopping ' || r.stopping || ', is left in ' || s.public_id || ', its lease ends in '
         || round(extract(epoch FROM r.lease_until - now()), 1) || ' s'
       FROM runs r JOIN sessions s ON s.id = r.session_id ORDER BY 1 LIMIT 5)
      UNION ALL
      (SELECT 'chunks of ' || c.message_id || ' are left in ' || s.public_id || ', whose status is '
         || coalesce(m.status, 'not stored') || ': ' || count(*)
       FROM message_chunks c JOIN sessions s ON s.id = c.session_id
         LEFT JOIN messages m ON m.session_id = c.session_id AND m.id = c.message_id
       GROUP BY c.message_id, s.public_id, m.status LIMIT 5)
      """)
    return try (0..<rows.count).map { try rows.text($0, 0) }
  }

  /// The versions of all sessions, by their ids.
  func versions() throws -> [String: Int64] {
    let rows = try query("SELECT public_id, version FROM sessions")
    var found: [String: Int64] = [:]
    for row in 0..<rows.count { found[try rows.text(row, 0)] = try rows.int(row, 1) }
    return found
  }

  /// A whole session; nil where there is none.
  func session(_ id: String) throws -> StoredSession? {
    let head = try query(
      "SELECT id, version, title, context::text FROM sessions WHERE public_id = $1", [.text(id)])
    guard head.count == 1 else { return nil }
    let members = try JSONValue(parsing: try head.text(0, 3)).object?.members ?? []
    let context = Dictionary(members.map { ($0.key, $0.value.string ?? "") }) { $1 }
    let rows = try query(
      """
      SELECT id, created_version, version, role, status, reason, reply_to, replaced_by, content FROM messages
      WHERE session_id = $1::int8 ORDER BY created_version
      """, [.int8(try head.int(0, 0))])
    let messages = try (0..<rows.count).map { row in
      StoredMessage(
        id: try rows.uuid(row, 0).description, createdVersion: try rows.int(row, 1), version: try rows.int(row, 2),
        role: try rows.text(row, 3), status: try rows.text(row, 4), reason: try rows.optional(row, 5, rows.text),
        replyTo: try rows.optional(row, 6, rows.uuid)?.description,
        replacedBy: try rows.optional(row, 7, rows.uuid)?.description, content: try rows.bytes(row, 8))
    }
    return StoredSession(
      id: id, version: try head.int(0, 1), title: try head.optional(0, 2, head.text), context: context,
      messages: messages)
  }
}
