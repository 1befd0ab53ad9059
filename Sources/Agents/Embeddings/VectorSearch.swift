package import HTTPClient
package import Postgres
import Reactor

/// Finds passages by what they mean: those whose vectors are nearest to a question's. One of these serves a process.
package final class VectorSearch: Sendable {
  package let service: EmbeddingService
  private let shelf: VectorShelf
  private let threads: LoopGroup

  /// How near a passage has to be to answer a question without having its words: 0 to 1.
  var leastLikeness: Double { Double(service.settings.leastLikeness) / 100 }

  /// How much the order by meaning counts: 0 to 1.
  var weight: Double { Double(service.settings.weight) / 100 }

  package init(_ settings: EmbeddingSettings, client: PostgresClient, clients: HTTPClients) throws {
    service = try EmbeddingService(settings, clients: clients)
    threads = try LoopGroup(count: 1)
    shelf = VectorShelf(
      loop: threads.loops[0], client: client, digest: settings.digest, megabytes: settings.megabytes)
  }

  deinit { threads.stop() }

  /// What is nearest to a question, the nearest first; nothing where the service does not answer in time, or no passage
  /// has a vector.
  func nearest(
    to question: String, in scope: KnowledgeScope, limit: Int, statements: KnowledgeStatements = .own
  ) async -> [NearVector] {
    guard let vector = await service.vector(of: question) else { return [] }
    return (try? await shelf.nearest(to: vector, in: scope, statements, limit: limit)) ?? []
  }

  /// How many numbers are held in memory.
  var held: Int { get async { await shelf.held } }
}
