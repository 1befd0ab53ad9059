import HTTPClient
import Log
import Postgres
import SkeinTestKit
import Testing

@testable import Agents

/// Two sites with documents, and a scripted service of embeddings.
struct EmbeddingWorld {
  let sites: SitesWorld
  let service: ScriptedService
  let clients: HTTPClients

  static let script = EmbeddingScript([
    ["dog", "hound", "puppy"], ["car", "automobile", "vehicle"], ["bread", "loaf", "bakery"],
  ])

  init(_ respond: @escaping @Sendable (ServiceRequest) -> [ServiceStep] = { Self.script.answer($0) }) async throws {
    sites = try await SitesWorld()
    service = try await ScriptedService(respond)
    clients = HTTPClients([try TestLoop.shared()])
  }

  var client: PostgresClient { sites.library.client }

  /// Three documents on the first site, one on the second.
  func load() async throws {
    try await sites.store("dogs.md", "# Animals\n\nA hound sleeps at night.")
    try await sites.store("cars.md", "# Traffic\n\nAn automobile stands in the street.")
    try await sites.store("loaf.md", "# Food\n\nThe bakery opens early.")
    try await sites.store("other.md", "# Elsewhere\n\nA puppy barks.", on: 1)
  }

  /// For a service that is left alone for longer than a test takes.
  static let longRest: ClosedRange<UInt64> = 600_000...600_000

  func settings(_ change: (inout EmbeddingSettings) -> Void = { _ in }) -> EmbeddingSettings {
    var settings = EmbeddingSettings()
    (settings.url, settings.model, settings.batch) = (service.url + "/v1", "tiny", 2)
    // None of them is about time: a machine may be slow.
    settings.questionMilliseconds = 60_000
    change(&settings)
    return settings
  }

  func search(_ change: (inout EmbeddingSettings) -> Void = { _ in }) throws -> VectorSearch {
    try VectorSearch(settings(change), client: client, clients: clients)
  }

  func embedder(_ search: VectorSearch) -> Embedder {
    Embedder(client: client, service: search.service, log: Logger("embeddings", level: .error))
  }

  /// Makes all vectors that are missing.
  /// - Returns: how many.
  @discardableResult
  func embed(_ search: VectorSearch) async throws -> Int {
    let embedder = embedder(search)
    var made = 0
    while true {
      switch try await embedder.step() {
      case .made(let count): made += count
      case .complete: return made
      case let other: throw TestClientError.unexpected("\(other)")
      }
    }
  }

  /// The paths of what is found on a site, the best first.
  func paths(_ question: String, _ search: VectorSearch?, on site: Int = 0) async throws -> [String] {
    try await found(question, search, on: site).map(\.path)
  }

  func found(
    _ question: String, _ search: VectorSearch?, on site: Int = 0
  ) async throws -> [KnowledgeSearch.Finding] {
    try await KnowledgeSearch(client: client, vectors: search).passages(about: question, in: .site(sites.sites[site]))
  }

  func vectors(_ condition: String = "true") async throws -> Int64 {
    try await sites.library.count("SELECT 1 FROM passage_vectors WHERE \(condition)")
  }
}
