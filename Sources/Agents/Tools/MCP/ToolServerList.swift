import Accounts
import Glibc
import JSONWire
import MCP
import Redaction

/// The tool servers that whoever runs this server has named, by their names: the only ones that are programs of this
/// machine. Agents have them by name, so that nobody who may set up an agent can have a program started.
package struct ToolServerList: Sendable, Equatable {
  package private(set) var servers: [String: ToolServerSettings] = [:]
  private static let most = 64

  package init() {}

  /// What a file says: an object of servers by their names.
  /// - Throws: in one sentence what is wrong.
  package init(parsing text: String) throws(ConfigurationError) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      throw ConfigurationError("\(error)")
    }
    guard let members = value.object?.members, members.count <= Self.most else {
      throw ConfigurationError("an object of up to \(Self.most) tool servers by their names")
    }
    for member in members {
      guard ToolServerSettings.isName(member.key), let object = member.value.object else {
        throw ConfigurationError(
          "\(member.key.prefix(50)): a name of 1 to 32 of a-z, 0-9 and -, which begins with a letter, and an object")
      }
      do throws(ConfigurationError) {
        servers[member.key] = try ToolServerSettings(object, named: member.key)
      } catch {
        throw ConfigurationError("\(member.key): \(error)")
      }
    }
  }
}

/// Where a tool server is, or how it is started, and its limits.
package struct ToolServerSettings: Sendable, Equatable {
  enum Way: Sendable, Equatable {
    case command(ServerCommand)
    case url(ToolServerAddress)
  }

  let name: String
  let way: Way
  let limits: MCPLimits

  /// A digest of the secrets that were stored for it: two that differ in them alone are not the same server.
  var secretDigest: [UInt8] {
    guard case .url(let address) = way else { return [] }
    var texts = address.headers.map { $0.value?.text ?? "" }
    if case .stored(let key) = address.key { texts.append(key?.text ?? "") }
    return SHA256.digest(texts.flatMap { Array($0.utf8) + [0] })
  }

  private static let limitMembers: Set<String> = ["call_seconds", "start_seconds", "calls_at_once", "tools"]
  private static let processMembers: Set<String> = [
    "command", "env", "folder", "memory_mb", "idle_seconds", "restart_seconds",
  ]

  /// One that an operator has named.
  init(_ object: JSONObject, named name: String) throws(ConfigurationError) {
    let members = ConfigurationMembers(object)
    self.name = name
    var limits = try Self.limits(members)
    if object["command"] != nil {
      try members.allow(Self.limitMembers.union(Self.processMembers))
      let command = try members.texts("command", most: 100)
      guard !command.isEmpty else { throw ConfigurationError("command: a program and its arguments, each a string") }
      let variables = try members.texts("env", most: 100)
      for variable in variables where !Self.isVariable(variable) {
        throw ConfigurationError("env: names of variables, none of them this server's own")
      }
      let folder = try members.text("folder", 1...4096)
      guard folder?.hasPrefix("/") != false else { throw ConfigurationError("folder: an absolute path") }
      limits.memoryMegabytes = UInt64(
        try members.int("memory_mb", 0...1_000_000) ?? Int64(limits.memoryMegabytes))
      if let seconds = try members.int("idle_seconds", 0...604_800) { limits.idleMilliseconds = UInt64(seconds) * 1000 }
      if let seconds = try members.int("restart_seconds", 1...3600) {
        limits.restartMilliseconds = UInt64(seconds) * 1000
      }
      way = .command(ServerCommand(command, variables: variables, folder: folder))
    } else {
      try members.allow(Self.limitMembers.union(ToolServerAddress.members))
      way = .url(try ToolServerAddress(members))
    }
    self.limits = limits
  }

  /// One that an agent's configuration names and describes: by its address alone.
  init(_ members: ConfigurationMembers, named name: String) throws(ConfigurationError) {
    self.name = name
    limits = try Self.limits(members)
    way = .url(try ToolServerAddress(members))
  }

  /// Its members as an agent's configuration has them.
  static let members = limitMembers.union(ToolServerAddress.members)

  static func isName(_ name: String) -> Bool {
    (1...32).contains(name.utf8.count) && name.unicodeScalars.first.map { ("a"..."z").contains($0) } == true
      && name.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
  }

  /// Whether a variable may be handed on. This server's own hold its database's password and its sealing key.
  private static func isVariable(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("SKEIN_") && !name.utf8.contains(UInt8(ascii: "=")) && name != "PGPASSWORD"
  }

  private static func limits(_ members: ConfigurationMembers) throws(ConfigurationError) -> MCPLimits {
    var limits = MCPLimits()
    func milliseconds(_ name: String, _ present: UInt64) throws(ConfigurationError) -> UInt64 {
      try members.int(name, 1...3600).map { UInt64($0) * 1000 } ?? present
    }
    limits.callMilliseconds = try milliseconds("call_seconds", limits.callMilliseconds)
    limits.startMilliseconds = try milliseconds("start_seconds", limits.startMilliseconds)
    limits.callsAtOnce = Int(try members.int("calls_at_once", 1...1000) ?? Int64(limits.callsAtOnce))
    limits.tools = Int(try members.int("tools", 1...1000) ?? Int64(limits.tools))
    return limits
  }
}

/// Where a tool server is that is reached by HTTP, and what it is shown.
struct ToolServerAddress: Sendable, Equatable {
  let url: String
  let key: ModelKey
  let keyHeader: String?
  let headers: [ServiceSettings.HeaderField]

  static let members: Set<String> = ["url", "key", "key_env", "key_file", "key_header", "headers"]

  init(_ members: ConfigurationMembers) throws(ConfigurationError) {
    url = try members.url("url")
    key = try ModelKey(members, "key")
    keyHeader = try members.text("key_header", 1...100)
    headers = try members.headers("headers")
  }

  /// The address as the client of tool servers takes it.
  var endpoint: MCPEndpoint {
    let (key, header, headers) = (key, keyHeader ?? "Authorization", headers)
    var endpoint = MCPEndpoint(url) { () throws(MCPError) in
      var fields: [(name: String, value: String)] = []
      do throws(ModelFailure) {
        for header in headers { fields.append((header.name, try header.text())) }
        guard let key = try key.read() else { return fields }
        fields.append((header, header.lowercased() == "authorization" ? "Bearer \(key)" : key))
      } catch {
        throw MCPError(.unauthorized, error.detail)
      }
      return fields
    }
    let url = url
    endpoint.redaction = {
      let own = ((try? key.read()) ?? nil).map { [$0] } ?? []
      return Redaction(
        own + headers.flatMap(\.secrets) + SecretNames.secrets(ofURL: url), from: Redaction.leastKeyBytes)
    }
    return endpoint
  }
}
