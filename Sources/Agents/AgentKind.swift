import HTTPClient
package import JSONWire

/// The kinds of agents that operators can set up.
package enum AgentKind {
  /// Their names.
  package static let names = ModelFormat.allCases.map(\.rawValue) + RemoteFormat.allCases.map(\.rawValue)

  /// The members of settings that say where a key is.
  package static let keyMembers = ["key_env", "key_file", "secret_env", "secret_file"]
  /// Those that say where it goes.
  package static let targetMembers = ["url", "headers", "key_header"]

  /// The agent of a configuration.
  package static func make(
    _ kind: String, _ settings: JSONObject, using resources: AgentResources
  ) throws(ConfigurationError) -> any Agent {
    if let format = ModelFormat(rawValue: kind) {
      let configuration = try ModelConfiguration(format, settings)
      let sources = try configuration.tools.entries.map { entry throws(ConfigurationError) in
        try ToolKind.source(entry, resources)
      }
      return ModelAgent(
        configuration, clients: resources.clients, sources: sources, strays: resources.strays)
    }
    if let format = RemoteFormat(rawValue: kind) {
      return RemoteAgent(try RemoteConfiguration(format, settings), clients: resources.clients)
    }
    throw ConfigurationError("kind: \(names.joined(separator: ", "))")
  }

  /// Refuses settings that are none of that kind.
  package static func check(_ kind: String, _ settings: JSONObject) throws(ConfigurationError) {
    _ = try make(kind, settings, using: AgentResources(clients: HTTPClients([])))
  }
}
