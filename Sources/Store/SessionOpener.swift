import Conversation
import Log
import Postgres
import Reactor

/// Reads sessions for those who come: one by one while few come, in groups when many do, as after a restart. A group
/// takes hardly longer than a session, since most of what a read costs is asking.
actor SessionOpener {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let client: PostgresClient
  private let node: UUIDValue
  private let log: Logger
  private var waiting: [Waiting] = []
  private var underWay = 0

  typealias Opened = (SessionRecord, Page)

  private struct Waiting {
    let request: PageRequest
    let continuation: CheckedContinuation<Result<Opened?, StoreError>, Never>
  }

  /// So many groups are read at once: one is put together here while the database reads the other.
  private static let mostUnderWay = 2
  /// The sessions that a group reads at most. It bounds the memory of the answer.
  private static let mostSessions = 32

  init(loop: EventLoop, client: PostgresClient, node: UUIDValue, log: Logger) {
    self.loop = loop
    self.client = client
    self.node = node
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// A session and the page that a client of it asks for; nil where there is no such session.
  func open(_ request: PageRequest) async throws(StoreError) -> Opened? {
    let result = await withCheckedContinuation { continuation in
      waiting.append(Waiting(request: request, continuation: continuation))
      readNext()
    }
    return try result.get()
  }

  private func readNext() {
    guard underWay < Self.mostUnderWay, !waiting.isEmpty else { return }
    let group = Array(waiting.prefix(Self.mostSessions))
    waiting.removeFirst(group.count)
    underWay += 1
    loop.task {
      let results = await self.read(group.map(\.request))
      self.underWay -= 1
      self.readNext()
      for (one, result) in zip(group, results) { one.continuation.resume(returning: result) }
    }
  }

  private func read(_ requests: [PageRequest]) async -> [Result<Opened?, StoreError>] {
    let ids = PostgresValue.texts(requests.map(\.session.text))
    do throws(PostgresError) {
      let results = try await client.transaction([
        (Statements.readSettings, []), (Statements.sessions, [ids]), (Statements.runs, [ids, .uuid(node)]),
        (Statements.pages, Self.parameters(requests)),
      ])
      let groups = results.dropFirst().map { $0.groups(of: requests.count) }
      return requests.indices.map { place in
        Result { () throws(StoreError) in
          guard let session = groups[0][place].first else { return nil }
          do throws(PostgresError) {
            var record = try results[1].sessionRecord(session, from: 1, id: requests[place].session)
            record.runs = try groups[1][place].map { row throws(PostgresError) in try results[2].run(row, from: 1) }
            return (record, try results[3].page(requests[place], rows: groups[2][place]))
          } catch {
            throw error.asStoreError(log)
          }
        }
      }
    } catch {
      let failure = error.asStoreError(log)
      return requests.map { _ in .failure(failure) }
    }
  }

  /// The parameters of `Statements.pages`.
  static func parameters(_ requests: [PageRequest]) -> [PostgresValue] {
    [
      .texts(requests.map(\.session.text)), .int8s(requests.map(\.since)), .int8s(requests.map { $0.before ?? .max }),
      // One more than is wanted tells whether there are more.
      .int8s(requests.map { Int64($0.limit + 1) }),
    ]
  }
}

extension PostgresRows {
  /// The rows of each place, where the first column is a place that SQL counts from one.
  func groups(of count: Int) -> [[Int]] {
    var groups: [[Int]] = Array(repeating: [], count: count)
    for row in 0..<self.count {
      if let place = try? int(row, 0), groups.indices.contains(Int(place) - 1) { groups[Int(place) - 1].append(row) }
    }
    return groups
  }
}
