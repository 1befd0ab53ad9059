package import Agents
package import HTTPClient
package import Log
import Postgres
package import Store

/// The books of a deployment: who it serves, whom it believes, and what was done. They are read and written as the
/// tables' owner, behind the table of `Permission`.
package struct Books: Sendable {
  let client: PostgresClient
  private let settings: ServerSettings
  private let desk: PasswordDesk?

  /// - Parameter desk: where passwords are hashed; nil: on one that is made when it is needed.
  init(_ client: PostgresClient, _ settings: ServerSettings, desk: PasswordDesk? = nil) {
    self.client = client
    self.settings = settings
    self.desk = desk
  }

  package var audit: AuditBook { AuditBook(client) }

  package var activity: ActivityBook { ActivityBook(client) }

  package var budgets: BudgetBook { BudgetBook(client) }

  package var repeats: RepeatBook {
    RepeatBook(client, keptSeconds: settings.lifecycle.idempotencyHours * 3600)
  }

  package func sites(by origin: AuditOrigin) -> SiteBook { SiteBook(client, by: origin, sealer: settings.sealer) }

  /// What the documents of a site say.
  /// - Parameter vectors: finds by what is meant; nil: it is looked for words alone.
  package func knowledge(_ vectors: VectorSearch? = nil) -> KnowledgeSearch {
    KnowledgeSearch(client: client, vectors: vectors)
  }

  /// What finds passages by what is meant, and what gives them their vectors; nil where no service of embeddings is set.
  package func vectors(_ clients: HTTPClients, log: Logger) throws -> (search: VectorSearch, embedder: Embedder)? {
    guard settings.embeddings.isOn else { return nil }
    let search = try VectorSearch(settings.embeddings, client: client, clients: clients)
    return (search, Embedder(client: client, service: search.service, log: log))
  }

  /// How the vectors of a site's own passages come along, which servers make; nil where no service of embeddings is set.
  package func embeddings(
    of site: SiteRecord
  ) async throws -> (state: EmbeddingState, all: Int64, waiting: Int64, refused: Int64)? {
    guard settings.embeddings.isOn else { return nil }
    let state = try await EmbeddingState(settings.embeddings, from: client)
    let tally = try await state.tally(of: site.id, from: client)
    return (state, tally.all, tally.waiting, tally.refused)
  }

  /// Loads the documents about this program, as each server does that starts.
  package func loadOwnDocuments() async throws {
    let log = Logger("documents", level: .warning)
    let documents = KnowledgeLibrary.documents(inFolder: settings.home, log: log)
    _ = try await KnowledgeLibrary.load(documents, into: client)
  }

  package var keySources: KeySourceBook { KeySourceBook(client) }

  package func agents(by origin: AuditOrigin) -> AgentBook {
    AgentBook(client, by: origin, sealer: settings.sealer)
  }

  package func keys(by origin: AuditOrigin) -> KeyBook { KeyBook(client, by: origin) }

  package func tokens(by origin: AuditOrigin) -> TokenBook { TokenBook(client, rules: settings.tokens, by: origin) }

  package func users(by origin: AuditOrigin) throws -> UserBook {
    let desk = try self.desk ?? PasswordDesk(settings)
    return UserBook(client, desk: desk, limits: LoginLimits(client, rules: settings.logins), by: origin)
  }
}

extension PasswordDesk {
  convenience init(_ settings: ServerSettings) throws {
    try self.init(
      threads: settings.passwordThreads, cost: settings.passwordCost, breached: settings.breachedPasswords)
  }
}
