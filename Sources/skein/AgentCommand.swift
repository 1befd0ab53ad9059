import Accounts
import Agents
import JSONWire
import Reactor
import Server
import Store

/// `skein agent create`, `list`, `show`, `update`, `test` and `delete`
enum AgentCommand {
  static let usage = """
    usage: skein agent create SLUG --kind KIND --url URL --model MODEL [options]
           skein agent list
           skein agent show SLUG
           skein agent update SLUG [options]
           skein agent test SLUG [--question TEXT]
           skein agent delete SLUG

    Keeps the agents of a deployment that answer by models or other services, whether its servers run or not; they notice within seconds.
    A test asks one question, and tells of its answer's times and tokens.
    """
  static var options: [Option<Settings>] {
    Settings.agent + Settings.services + Settings.tools + Settings.database + Settings.secrets + Settings.logging
  }

  static func run(_ arguments: [String], environment: [String: String], on loop: EventLoop) async throws {
    var arguments = arguments
    let name = arguments.isEmpty ? "" : arguments.removeFirst()
    guard ["create", "list", "show", "update", "test", "delete"].contains(name) else {
      throw UsageError(message: "skein agent takes create, list, show, update, test or delete; --help tells more")
    }
    var slug = ""
    if name != "list" {
      guard let first = arguments.first, !first.hasPrefix("--") else {
        throw UsageError(message: "skein agent \(name) takes the slug of an agent; skein agent list tells them")
      }
      slug = arguments.removeFirst()
    }
    var settings = Settings()
    try Option.parse(options, arguments, environment: environment, into: &settings)
    guard !settings.agent.hasOpenSecret else {
      throw UsageError(message: "a key or secret on the command line can be read by others: give it with --set-from")
    }
    switch name {
    case "list":
      for agent in try await keep(settings, { try await $0.list() }) { print(AgentText.line(agent)) }
    case "show": print(AgentText.whole(try await agent(slug, settings)))
    case "create": print(AgentText.whole(try await create(slug, settings)))
    case "update": print(AgentText.whole(try await update(slug, settings)))
    case "test":
      let (agent, secrets) = try await keep(settings) { [slug] in
        (try await $0.agent(slug), try await $0.secrets(of: slug))
      }
      try await AgentTrial.run(
        agent, secrets, settings.agent.question, with: try settings.toolServers(), http: settings.server.http, on: loop,
        log: settings.log)
    default:
      try await keep(settings) { [slug] in try await $0.delete(slug) }
      print("\(slug) answers no more.")
    }
  }

  private static func create(_ slug: String, _ settings: Settings) async throws -> AgentRecord {
    guard let kind = settings.agent.kind else { throw UsageError(message: "skein agent create takes --kind") }
    var change = settings.agent.change
    change.name = change.name ?? slug
    try put(settings.agent.members(over: JSONObject()), kind, over: nil, into: &change)
    return try await keep(settings) { [slug, change] in try await $0.create(slug, change) }
  }

  private static func update(_ slug: String, _ settings: Settings) async throws -> AgentRecord {
    let (wanted, change) = (settings.agent, settings.agent.change)
    return try await keep(settings) { [slug] in
      var change = change
      let present = try await $0.agent(slug)
      guard !present.isBuiltIn else { throw AgentBookError.builtIn(slug) }
      try put(wanted.members(over: present.settings), wanted.kind ?? present.kind, over: present, into: &change)
      return try await $0.update(slug, change)
    }
  }

  /// Puts settings into a change, with their secrets apart. Whoever keeps the servers may send stored ones elsewhere.
  private static func put(
    _ members: JSONObject, _ kind: String, over present: AgentRecord?, into change: inout AgentChange
  ) throws {
    do throws(ConfigurationError) {
      let parted = try SecretSettings(members)
      try parted.check(over: present?.settings, mayMove: true)
      try AgentKind.check(kind, parted.settings)
      change.settings = parted.settings
      change.secrets = AgentSecretChange(given: parted.given, kept: parted.kept)
      change.present = present?.settings
    } catch {
      throw UsageError(message: error.description)
    }
  }

  private static func agent(_ slug: String, _ settings: Settings) async throws -> AgentRecord {
    try await keep(settings) { [slug] in try await $0.agent(slug) }
  }

  private static func keep<Result: Sendable>(
    _ settings: Settings, _ body: @Sendable (AgentBook) async throws -> Result
  ) async throws -> Result {
    try await Server.keep(try settings.resolved(), log: settings.log) { try await body($0.agents(by: .command)) }
  }
}

/// Agents as they are told to a person.
enum AgentText {
  static func line(_ agent: AgentRecord) -> String {
    [agent.slug, agent.kind, agent.settings["model"]?.string ?? "-", agent.settings["url"]?.string ?? "-", agent.name]
      .joined(separator: "\t")
  }

  static func whole(_ agent: AgentRecord) -> String {
    var lines = [("slug", agent.slug), ("kind", agent.kind), ("name", agent.name)]
    if !agent.greeting.isEmpty { lines.append(("greeting", agent.greeting)) }
    lines += agent.suggestions.map { ("suggestion", $0) }
    let settings = AgentKind.shown(agent.settings, secrets: agent.secrets)
    lines += settings.members.map { ($0.key, $0.value.string ?? $0.value.description) }
    return lines.map { "\($0.0):\(String(repeating: " ", count: max(1, 16 - $0.0.count - 1)))\($0.1)" }
      .joined(separator: "\n")
  }
}
