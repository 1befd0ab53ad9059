package import JSONWire
import Log
import MCP
import Synchronization

/// The tools of a tool server, as an agent has them: `{"kind": "mcp", "name": "files"}` for one that was named to this
/// server, `{"kind": "mcp", "name": "crm", "url": "https://..."}` for one that is reached by HTTP. With `only`, a list
/// of its tools' own names, the others are not there.
package final class ToolServerSource: ToolSource {
  private let name: String
  private let only: Set<String>?
  private let described: ToolServerSettings?
  private let description: JSONObject
  private let servers: ToolServers?
  private let lease = Mutex<ToolServerLease?>(nil)

  /// - Parameters:
  ///   - object: the members of the entry beside its kind.
  ///   - servers: nil where the entry is only to be judged.
  package init(_ object: JSONObject, servers: ToolServers?) throws(ConfigurationError) {
    let members = ConfigurationMembers(object)
    guard object["command"] == nil else {
      throw ConfigurationError("command: programs are named by whoever runs the server, and had by their names")
    }
    guard let name = try members.text("name", 1...32), ToolServerSettings.isName(name) else {
      throw ConfigurationError("name: 1 to 32 of a-z, 0-9 and -, which begin with a letter")
    }
    self.name = name
    only = object["only"] == nil ? nil : Set(try members.texts("only", most: 1000))
    self.servers = servers
    var description = object
    description["only"] = nil
    self.description = description
    if object["url"] == nil {
      try members.allow(["name", "only"])
      described = nil
    } else {
      try members.allow(ToolServerSettings.members.union(["name", "only"]))
      described = try ToolServerSettings(members, named: name)
    }
  }

  package func tools(for request: AgentRequest) async throws -> [any Tool] {
    guard let servers else { throw ToolError("There are no tool servers here.") }
    let server = try server(of: servers)
    do {
      return try await server.tools().filter { only?.contains($0.name) ?? true }.map { tool in
        ToolServerTool(tool, of: server, named: name, servers: servers)
      }
    } catch let error as MCPError {
      // The server itself has written into the log why.
      throw ToolError(error.sentence(of: name))
    }
  }

  private func server(of servers: ToolServers) throws(ToolError) -> MCPServer {
    guard let described else { return try servers.server(named: name) }
    if let lease = lease.withLock({ $0 }) { return lease.server }
    let made = try servers.lease(described, description)
    lease.withLock { $0 = made }
    return made.server
  }
}

/// A tool of a tool server. What its server says of it, and what it brings, was written by others.
struct ToolServerTool: Tool {
  let description: ToolDescription
  private let tool: MCPTool
  private let server: MCPServer
  private let name: String
  private let servers: ToolServers

  private static let titleCharacters = 80
  private static let purposeCharacters = 1000
  private static let partCharacters = 500

  init(_ tool: MCPTool, of server: MCPServer, named name: String, servers: ToolServers) {
    self.tool = tool
    self.server = server
    self.name = name
    self.servers = servers
    let title = ForeignText.clean(tool.title ?? tool.name, most: Self.titleCharacters)
    let purpose = ForeignText.clean(tool.purpose, most: Self.purposeCharacters)
    var description = ToolDescription(
      name: ToolName.fit(tool.name, of: name), title: title,
      purpose: "A tool of the server \(name), which says of it: \(purpose)",
      schema: ForeignText.clean(tool.schema, most: Self.partCharacters))
    description.timeLimitMilliseconds = server.callMilliseconds
    self.description = description
  }

  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
    do {
      let result = try await server.call(tool, arguments)
      guard !result.isError else { throw ToolError(result.text) }
      return ToolResult(result.text)
    } catch let error as MCPError {
      servers.log.warning(
        "a call of a tool has failed",
        ["server": name, "tool": description.name, "session": request.session, "error": error.summary])
      throw ToolError(error.sentence(of: name))
    }
  }
}

extension MCPError {
  /// What a model is told. Only what the server itself refuses is in its own words.
  func sentence(of server: String) -> String {
    switch code {
    case .unavailable, .closed: "The tool server \(server) is not available now\(restSentence)."
    case .ended: "The tool server \(server) ended before it answered. Whether the call was carried out is not known."
    case .timedOut: "The tool server \(server) has not answered in time. Whether the call was carried out is not known."
    case .refused: "The tool server \(server) refuses: \(detail)"
    case .unauthorized: "The tool server \(server) does not let this server in."
    case .malformed: "The tool server \(server) has answered with what can't be read."
    case .tooLarge: "The answer of the tool server \(server) is too large."
    case .unsupported: "The tool server \(server) asks for what is not done here."
    }
  }

  private var restSentence: String {
    restSeconds.map { ": it has ended again and again, and is started again in \($0) s at the earliest" } ?? ""
  }

  /// For the log: without the server's own words, which may hold what was said in the session.
  fileprivate var summary: String { code == .refused ? "refused \(number.map { "\($0)" } ?? "")" : description }
}
