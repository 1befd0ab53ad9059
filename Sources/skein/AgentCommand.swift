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
    Settings.agent + Settings.services + Settings.tools + Settings.database + Settings.logging
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
    switch name {
    case "list":
      for agent in try await keep(settings, { try await $0.list() }) { print(AgentText.line(agent)) }
    case "show": print(AgentText.whole(try await agent(slug, settings)))
    case "create": print(AgentText.whole(try await create(slug, settings)))
    case "update": print(AgentText.whole(try await update(slug, settings)))
    case "test":
      let agent = try await agent(slug, settings)
      try await AgentTrial.run(
        agent, settings.agent.question, with: try settings.toolServers(), http: settings.server.http, on: loop,
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
    let members = settings.agent.members(over: JSONObject())
    try check(kind, members)
    change.settings = members
    return try await keep(settings) { [slug, change] in try await $0.create(slug, change) }
  }

  private static func update(_ slug: String, _ settings: Settings) async throws -> AgentRecord {
    let (wanted, change) = (settings.agent, settings.agent.change)
    return try await keep(settings) { [slug] in
      var change = change
      let present = try await $0.agent(slug)
      guard !present.isBuiltIn else { throw AgentBookError.builtIn(slug) }
      let members = wanted.members(over: present.settings)
      try check(wanted.kind ?? present.kind, members)
      change.settings = members
      return try await $0.update(slug, change)
    }
  }

  private static func check(_ kind: String, _ members: JSONObject) throws {
    do throws(ConfigurationError) {
      try AgentKind.check(kind, members)
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
    lines += agent.settings.members.map { ($0.key, $0.value.string ?? $0.value.description) }
    return lines.map { "\($0.0):\(String(repeating: " ", count: max(1, 16 - $0.0.count - 1)))\($0.1)" }
      .joined(separator: "\n")
  }
}
