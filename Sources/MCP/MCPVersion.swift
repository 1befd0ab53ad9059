import JSONWire

/// The versions of the Model Context Protocol that are spoken. Those of the *modern* era tell everything with each
/// request; those of the *legacy* era begin with a handshake.
enum MCPVersion {
  static let modern = "2026-07-28"
  /// The newest first.
  static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]

  /// What this client calls itself.
  static let client: JSONValue = ["name": "skein", "version": "1"]

  /// What each request of the modern era tells. Nothing is offered that servers could ask for.
  static let meta: JSONValue = [
    "io.modelcontextprotocol/protocolVersion": .string(modern),
    "io.modelcontextprotocol/clientInfo": client,
    "io.modelcontextprotocol/clientCapabilities": [:],
  ]

  /// What the handshake of the legacy era says.
  static let handshake = JSONObject([
    ("protocolVersion", .string(legacy[0])), ("capabilities", .object(JSONObject())), ("clientInfo", client),
  ])

  /// What is wanted to be told of, in the modern era.
  static let subscription = JSONObject([("notifications", .object(JSONObject([("toolsListChanged", true)])))])
}

/// What is known of a server that can be asked.
struct MCPWelcome: Sendable, Equatable {
  var version: String
  var hasTools: Bool
  /// Whether it tells of changes to its tools.
  var tellsChanges: Bool

  var isModern: Bool { version == MCPVersion.modern }

  /// What a server answers to `server/discover`.
  init(discovered result: JSONObject) throws(MCPError) {
    let versions = (result["supportedVersions"]?.array ?? []).compactMap(\.string)
    guard versions.contains(MCPVersion.modern) else { throw Self.unknown(versions) }
    self.init(version: MCPVersion.modern, result)
  }

  /// What a server answers to `initialize`.
  init(initialized result: JSONObject) throws(MCPError) {
    let version = result["protocolVersion"]?.string ?? ""
    guard MCPVersion.legacy.contains(version) else { throw Self.unknown([version]) }
    self.init(version: version, result)
  }

  private init(version: String, _ result: JSONObject) {
    self.version = version
    let tools = result["capabilities"]?["tools"]
    hasTools = tools?.object != nil
    tellsChanges = tools?["listChanged"]?.bool ?? false
  }

  private static func unknown(_ versions: [String]) -> MCPError {
    MCPError(.unsupported, "it speaks \(versions.prefix(10).joined(separator: ", ").prefix(200))")
  }

  /// Whether a server that refuses the modern era's question may be asked in the legacy era's terms.
  /// - Throws: where it has said that it speaks no such version.
  static func fallsBack(after error: MCPError) throws(MCPError) -> Bool {
    switch error.code {
    case .timedOut, .malformed: return true
    case .refused:
      guard error.isModern else { return true }
      let versions = (error.data?["supported"]?.array ?? []).compactMap(\.string)
      guard versions.contains(where: MCPVersion.legacy.contains) else { throw Self.unknown(versions) }
      return true
    default: return false
    }
  }
}
