package import Databases
package import HTTPClient
import JSONWire
package import Postgres

/// What agents may use of the server that they are at work in. What is nil is not there: whoever needs it says so when it
/// is asked.
package struct AgentResources: Sendable {
  /// By what other servers are asked.
  package var clients: HTTPClients
  /// Where the documents are that knowledge is found in.
  package var library: PostgresClient?
  /// By which it is found by what is meant; nil: by words alone.
  package var vectors: VectorSearch?
  /// Where sessions reach the databases that they are connected to, and which those are.
  package var desk: DatabaseDesk?
  package var lookup: SQLAgent.Lookup?
  /// The tool servers that agents share.
  package var servers: ToolServers?
  /// Counts the calls of tools that nobody waits for any more.
  package var strays = StrayCalls()

  package init(clients: HTTPClients) { self.clients = clients }

  /// Lets go of users' databases, of tool servers and of other servers.
  package func close() async {
    await desk?.close()
    await servers?.close()
    await clients.close()
  }
}

/// The kinds of tools that agents can have: the place where a new one is added.
enum ToolKind: String, CaseIterable {
  case time, sql, knowledge, mcp

  /// The source of an entry of an agent's configuration.
  static func source(
    _ entry: ToolSettings.Entry, _ resources: AgentResources
  ) throws(ConfigurationError) -> any ToolSource {
    guard let kind = ToolKind(rawValue: entry.kind) else {
      throw ConfigurationError("tools: there are \(allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let source: any ToolSource
    switch kind {
    case .time:
      try ConfigurationMembers(entry.members).allow([])
      source = FixedTools([TimeTool(client: resources.library)])
    case .sql:
      try ConfigurationMembers(entry.members).allow([])
      source = FixedTools(SQLTool.all(resources))
    case .knowledge:
      try ConfigurationMembers(entry.members).allow([])
      source = FixedTools([KnowledgeTool(client: resources.library, vectors: resources.vectors)])
    case .mcp: source = try ToolServerSource(entry.members, servers: resources.servers)
    }
    return ChosenTools(source: source, approve: entry.approve, show: entry.show, mayRepeat: entry.mayRepeat)
  }
}

/// Tools that are always there.
struct FixedTools: ToolSource {
  private let all: [any Tool]

  init(_ all: [any Tool]) { self.all = all }

  func tools(for request: AgentRequest) async throws -> [any Tool] { all }
}
