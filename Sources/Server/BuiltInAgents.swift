import Agents
import Conversation
import Log
import Postgres

/// The agents that this program brings, the first of them the first site's own.
enum BuiltInAgents {
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

  static func make(
    _ settings: ServerSettings, database: PostgresClient, log: Logger
  ) async throws -> [String: any Agent] {
    let documents = KnowledgeLibrary.documents(inFolder: settings.home, log: log)
    let loaded = try await KnowledgeLibrary.load(
      documents, into: database, collection: "docs", site: nil, language: "english")
    if loaded > 0 { log.info("documents loaded", ["changed": loaded]) }
    var knowledge = KnowledgeAgent.Settings()
    knowledge.paceMilliseconds = settings.knowledgePaceMilliseconds
    var agents: [String: any Agent] = ["knowledge": KnowledgeAgent(client: database, settings: knowledge)]
    if settings.hasScriptAgent { agents["script"] = ScriptAgent() }
    return agents
  }
}
