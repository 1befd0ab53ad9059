package import JSONWire

/// Which tools an agent has: its member `tools`, a list of kinds, each by its name or as an object
/// `{"kind": ..., "approve": ..., "show": ..., "repeat": ...}` with what else that kind is told. `approve`, `show` and
/// `repeat` are true for all tools of the kind, or a list of their names.
package struct ToolSettings: Sendable, Equatable {
  package var limits: ToolLimits
  package var entries: [Entry]

  /// One kind.
  package struct Entry: Sendable, Equatable {
    package var kind: String
    /// Which of its calls a person has to agree to.
    package var approve = Choice.none
    /// Of which persons are shown arguments and results.
    package var show = Choice.none
    /// Which of its calls do no harm that are made twice, beside those that never do.
    package var mayRepeat = Choice.none
    /// What else it is told.
    package var members = JSONObject()
  }

  /// Some of a source's tools.
  package enum Choice: Sendable, Equatable {
    case none, all
    case some(Set<String>)

    func holds(_ name: String) -> Bool {
      switch self {
      case .none: false
      case .all: true
      case .some(let names): names.contains(name)
      }
    }
  }

  /// Their members in an agent's configuration.
  static let members = ToolLimits.members.union(["tools"])
  private static let mostEntries = 32

  init(_ members: ConfigurationMembers, _ value: JSONValue?) throws(ConfigurationError) {
    limits = try ToolLimits(members)
    entries = []
    guard let value, !value.isNull else { return }
    guard let list = value.array, list.count <= Self.mostEntries, !value.holdsNUL, value.canBeStored,
      value.bytes.count <= 64 * 1024
    else { throw ConfigurationError("tools: a list of up to \(Self.mostEntries), and 64 KiB") }
    for entry in list { entries.append(try Self.entry(entry)) }
  }

  private static func entry(_ value: JSONValue) throws(ConfigurationError) -> Entry {
    if let kind = value.string { return Entry(kind: kind) }
    guard var object = value.object, let kind = object["kind"]?.string else {
      throw ConfigurationError("tools: each the name of a kind, or an object with its kind")
    }
    var entry = Entry(kind: kind)
    entry.approve = try choice(object["approve"], "approve")
    entry.show = try choice(object["show"], "show")
    entry.mayRepeat = try choice(object["repeat"], "repeat")
    for name in ["kind", "approve", "show", "repeat"] { object[name] = nil }
    entry.members = object
    return entry
  }

  private static func choice(_ value: JSONValue?, _ name: String) throws(ConfigurationError) -> Choice {
    switch value {
    case nil, .null, .bool(false): return .none
    case .bool(true): return .all
    case .array(let list):
      let names = list.compactMap(\.string)
      guard names.count == list.count, names.count <= 128 else { break }
      return .some(Set(names))
    default: break
    }
    throw ConfigurationError("tools, \(name): true, false, or a list of tools' names")
  }
}

/// Tools of which some wait for a person, are shown, or may be called twice, as an agent's configuration says.
struct ChosenTools: ToolSource {
  let source: any ToolSource
  let approve: ToolSettings.Choice
  let show: ToolSettings.Choice
  let mayRepeat: ToolSettings.Choice

  func tools(for request: AgentRequest) async throws -> [any Tool] {
    try await source.tools(for: request).map { tool in
      var description = tool.description
      if approve.holds(description.name) { description.needsApproval = true }
      if show.holds(description.name) { description.isShown = true }
      if mayRepeat.holds(description.name) { description.mayRepeat = true }
      return description == tool.description ? tool : ChosenTool(description: description, tool: tool)
    }
  }
}

/// A tool under another description.
private struct ChosenTool: Tool {
  let description: ToolDescription
  let tool: any Tool

  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
    try await tool.call(arguments, for: request)
  }
}
