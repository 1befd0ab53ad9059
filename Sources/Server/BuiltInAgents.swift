import Agents
import Conversation
import Databases
import HTTPClient
import Log
import Postgres
import Reactor
import Store

/// The agents that this program brings, the first of them the first site's own.
enum BuiltInAgents {
  /// The one that asks the database that a session is connected to.
  static let sql = "sql"

  /// - Parameter further: the slugs of agents that whoever starts the server brings.
  static func profiles(
    _ settings: ServerSettings, further: [String] = []
  ) -> [(profile: AgentProfile, kind: String)] {
    var profiles = [
      (
        AgentProfile(
          id: 0, slug: "knowledge", name: "Skein", greeting: "Ask me about Skein: I answer from its documentation.",
          suggestions: [
            "What is Skein?", "How does a client resume after its connection was lost?", "Which settings are there?",
          ]), "knowledge"
      )
    ]
    profiles.append(
      (
        AgentProfile(
          id: 0, slug: sql, name: "SQL",
          greeting: "Connect this conversation to one of your databases, and ask me in SQL or in plain words.",
          suggestions: ["Show tables", "How many rows has ...?"]), "sql"
      ))
    if settings.hasScriptAgent {
      profiles.append(
        (
          AgentProfile(id: 0, slug: "script", name: "Script", greeting: "Tell me what to say.", suggestions: []),
          "script"
        ))
    }
    for slug in further {
      profiles.append((AgentProfile(id: 0, slug: slug, name: slug, greeting: "", suggestions: []), slug))
    }
    return profiles
  }

  /// What agents may use.
  static func resources(
    _ settings: ServerSettings, database: PostgresClient, loops: [EventLoop], log: Logger
  ) throws -> AgentResources {
    let tools = log.named("tools")
    var resources = AgentResources(clients: HTTPClients(loops, settings: settings.http))
    resources.library = database
    if settings.embeddings.isOn {
      resources.vectors = try VectorSearch(settings.embeddings, client: database, clients: resources.clients)
    }
    resources.desk = try DatabaseDesk(loop: loops[0], rules: settings.databaseRules, log: log.named("databases"))
    let book = DatabaseBook(database, sealer: settings.sealer)
    resources.lookup = { session in try await book.access(of: session).map { try DatabaseDesk.Access($0) } }
    resources.servers = ToolServers(
      settings.toolServers, processes: settings.toolProcesses, loops: loops, clients: resources.clients, log: tools)
    resources.strays = StrayCalls(most: settings.strayCalls, log: tools)
    return resources
  }

  /// Those that there can be with what there is.
  static func make(
    _ settings: ServerSettings, _ resources: AgentResources, log: Logger
  ) async throws -> [String: any Agent] {
    var agents: [String: any Agent] = [:]
    if let library = resources.library {
      let documents = KnowledgeLibrary.documents(inFolder: settings.home, log: log)
      let loaded = try await KnowledgeLibrary.load(
        documents, into: library, collection: "docs", site: nil, language: "english")
      if loaded > 0 { log.info("documents loaded", ["changed": loaded]) }
      var knowledge = KnowledgeAgent.Settings()
      knowledge.paceMilliseconds = settings.knowledgePaceMilliseconds
      agents["knowledge"] = KnowledgeAgent(client: library, settings: knowledge, vectors: resources.vectors)
    }
    if let desk = resources.desk, let lookup = resources.lookup { agents[sql] = SQLAgent(desk: desk, lookup: lookup) }
    if settings.hasScriptAgent { agents["script"] = ScriptAgent() }
    return agents
  }
}
