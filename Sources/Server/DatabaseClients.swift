import Log
import Postgres
import Reactor
import Store

/// A server's own clients of its database, on each loop: one for reading, and one with a single connection that is the
/// journal's.
struct DatabaseClients: Sendable {
  let reads: [PostgresClient]
  private let journals: [PostgresClient]

  /// - Throws: where the text names no database.
  init(_ url: String, _ settings: ServerSettings, loops: [EventLoop], log: Logger) throws {
    var reading = try PostgresConfiguration(url: url)
    reading.poolSize = settings.databaseConnections
    var lane = reading
    lane.poolSize = 1
    reads = loops.map { [reading] in PostgresClient(loop: $0, configuration: reading, log: log) }
    journals = loops.map { [lane] in PostgresClient(loop: $0, configuration: lane, log: log) }
  }

  /// The one of the first loop, which does what is done once a server.
  var first: PostgresClient { reads[0] }

  func connectJournals() async throws { for journal in journals { try await journal.connect() } }

  func close() async { for client in reads + journals { await client.close() } }

  /// What sessions are stored by, one on each loop, of a node that no other is like.
  func stores(loops: [EventLoop], log: Logger) -> [PostgresStore] {
    let node = UUIDValue(high: .random(in: 0...(.max)), low: .random(in: 0...(.max)))
    let writability = Writability()
    return loops.indices.map { index in
      PostgresStore(
        node: node, reads: reads[index], journal: journals[index], writability: writability, loop: loops[index],
        log: log)
    }
  }
}
