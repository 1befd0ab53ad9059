import Accounts
import Agents
import HTTPWire
import JSONWire
import Store
import Transport

extension Route {
  /// The agents that operators set up. They are the whole deployment's, so that what is done on a site alone is not
  /// enough.
  static let agents: [Route] = [
    Route(.get, "/v1/agents", .account(.keepAgents)) { shard, call throws(Problem) in
      try await shard.requireDeployment(call)
      let agents = try await shard.keeping { try await shard.books.agents(by: call.origin).list() }
      return .json(.ok, JSONValue.object([("agents", .array(agents.map { .agent($0) }))]).bytes)
    },
    Route(.post, "/v1/agents", .account(.keepAgents), content: .json) { shard, call throws(Problem) in
      try await shard.requireDeployment(call)
      let object = try call.request.object()
      let slug = try object.needed("slug", 1...64)
      let change = try AgentChange(object, over: nil)
      let made = try await shard.keeping { try await shard.books.agents(by: call.origin).create(slug, change) }
      return call.agent(made, .created)
    },
    Route(.get, "/v1/agents/{slug}", .account(.keepAgents)) { shard, call throws(Problem) in
      let agent = try await shard.agent(call)
      return call.answer(.json(.ok, JSONValue.agent(agent).bytes), agent.tag)
    },
    Route(.patch, "/v1/agents/{slug}", .account(.keepAgents), content: .json) { shard, call throws(Problem) in
      let agent = try await shard.agent(call)
      try call.require(agent.tag)
      let change = try AgentChange(call.request.object(), over: agent)
      let changed = try await shard.keeping {
        try await shard.books.agents(by: call.origin).update(agent.slug, change)
      }
      return call.agent(changed, .ok)
    },
    Route(.delete, "/v1/agents/{slug}", .account(.keepAgents)) { shard, call throws(Problem) in
      let agent = try await shard.agent(call)
      try await shard.keeping { try await shard.books.agents(by: call.origin).delete(agent.slug) }
      return .done
    },
  ]
}

extension Shard {
  fileprivate func requireDeployment(_ call: APICall) async throws(Problem) {
    guard try await extent(of: call.account, for: .keepAgents) == .deployment else {
      throw .forbidden("agents are the whole deployment's")
    }
  }

  /// The agent of a path.
  fileprivate func agent(_ call: APICall) async throws(Problem) -> AgentRecord {
    try await requireDeployment(call)
    let slug = call.value("slug")
    guard !slug.utf8.contains(0) else { throw .notFound("there is no such agent") }
    return try await keeping { try await self.books.agents(by: call.origin).agent(slug) }
  }
}

extension APICall {
  fileprivate func agent(_ agent: AgentRecord, _ status: HTTPStatus) -> HTTPResponse {
    var response = HTTPResponse.json(status, JSONValue.agent(agent).bytes)
    try? response.head.add("ETag", text: agent.tag.text)
    return response
  }
}

extension AgentRecord {
  /// The state of what is shown of it.
  fileprivate var tag: EntityTag {
    EntityTag(String(Base64URL.encode(SHA256.digest(JSONValue.agent(self).bytes)).prefix(22)))
  }
}

extension AgentChange {
  /// The members of an agent that are to be changed; its settings one by one, of which null takes one out.
  ///
  /// Requests have no say in which variable or file of a server holds a key, nor in where a key goes that they have not
  /// brought: who could say both would be sent whatever the server can read. A key that is stored as a value goes with
  /// its address: for another one it has to be given again.
  fileprivate init(_ object: JSONObject, over present: AgentRecord?) throws(Problem) {
    self.init()
    kind = try object.text("kind", 1...50)
    name = try object.text("name", 1...200)
    greeting = try object.text("greeting", 0...2000)
    suggestions = try object.texts("suggestions", most: 20, characters: 200)
    guard object["settings"] != nil || kind != nil || present == nil else { return }
    guard let given = (object["settings"] ?? .object(JSONObject())).object, !JSONValue.object(given).holdsNUL else {
      throw .badField("settings: an object")
    }
    let old = present?.settings ?? JSONObject()
    var whole = old
    for (name, value) in given.members { whole[name] = value.isNull ? .none : .some(value) }
    do throws(ConfigurationError) {
      let parted = try SecretSettings(whole)
      try Self.judge(parted.settings, over: old)
      try parted.check(over: present?.settings, mayMove: false)
      try AgentKind.check(kind ?? present?.kind ?? "", parted.settings)
      settings = parted.settings
      secrets = AgentSecretChange(given: parted.given, kept: parted.kept)
      self.present = present?.settings
    } catch {
      throw .badField("settings: \(error)")
    }
  }

  /// Refuses what only whoever runs the servers may say.
  private static func judge(_ members: JSONObject, over old: JSONObject) throws(ConfigurationError) {
    for name in AgentKind.keyMembers where members[name] != old[name] {
      throw ConfigurationError("\(name) is set by skein agent alone")
    }
    if AgentKind.keyMembers.contains(where: { old[$0] != nil }) {
      for name in AgentKind.targetMembers where members[name]?.ordered != old[name]?.ordered {
        throw ConfigurationError("\(name) of an agent with a key is set by skein agent alone")
      }
    }
    let (keyed, named) = (AgentKind.keyedTools(members).map(\.ordered), AgentKind.keyedTools(old).map(\.ordered))
    guard keyed.allSatisfy(named.contains) else {
      throw ConfigurationError("tools with a key are set by skein agent alone")
    }
  }
}

extension JSONValue {
  fileprivate static func agent(_ agent: AgentRecord) -> JSONValue {
    .object([
      ("slug", .string(agent.slug)), ("kind", .string(agent.kind)), ("name", .string(agent.name)),
      ("greeting", .string(agent.greeting)), ("suggestions", .array(agent.suggestions.map { .string($0) })),
      ("built_in", .bool(agent.isBuiltIn)),
      ("settings", .object(AgentKind.shown(agent.settings, secrets: agent.secrets))),
    ])
  }
}
