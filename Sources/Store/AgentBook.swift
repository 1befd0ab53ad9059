package import Accounts
package import JSONWire
package import Postgres
package import Sealing

/// An agent as it is stored.
package struct AgentRecord: Sendable, Equatable {
  package let id: Int64
  /// What sites and clients name it by.
  package let slug: String
  package let kind: String
  package let name: String
  package let greeting: String
  package let suggestions: [String]
  /// What an agent of that kind is told; empty for those that the program brings.
  package let settings: JSONObject
  /// The places in its settings of the secrets that are stored.
  package let secrets: Set<String>
  /// Whether it answers no more.
  package let isWithdrawn: Bool

  /// Whether the program brings it.
  package var isBuiltIn: Bool { settings.isEmpty && !isWithdrawn }
}

/// What is to be changed of an agent; nil leaves it as it is. Whether the settings are ones of that kind is the caller's
/// to judge.
package struct AgentChange: Sendable {
  package var kind: String?
  package var name: String?
  package var greeting: String?
  package var suggestions: [String]?
  /// All of them, which are not empty.
  package var settings: JSONObject?
  /// What of its secrets is stored behind these settings; nil: as it was.
  package var secrets: AgentSecretChange?
  /// The settings that it was judged by: where there are others meanwhile, nothing is changed. Nil: whatever there is.
  package var present: JSONObject?

  package init() {}
}

/// Why an agent can't be as it is asked for.
package enum AgentBookError: Error, Equatable, CustomStringConvertible {
  case noSuchAgent(String)
  case badSlug
  case taken(String)
  case builtIn(String)
  /// The agent of a site, by that one's key.
  case used(site: String)
  case incomplete
  /// There is no secret key to seal with.
  case noKey
  /// Somebody else was faster.
  case changedMeanwhile

  package var description: String {
    switch self {
    case .noSuchAgent(let slug): "there is no agent \(slug)"
    case .badSlug: "an agent's name for others is 1 to 64 of a-z, 0-9, - and _"
    case .taken(let slug): "there is an agent \(slug) already"
    case .builtIn(let slug): "the agent \(slug) is a part of the program"
    case .used(let site): "it is the agent of the site \(site)"
    case .incomplete: "an agent has a kind, a name and settings"
    case .noKey: "there is no SKEIN_SECRET_KEY here to seal its secrets with"
    case .changedMeanwhile: "somebody else has changed the agent meanwhile"
    }
  }
}

/// The agents of a deployment, for those who keep them. Servers notice what is changed by themselves.
package struct AgentBook: Sendable {
  private let client: PostgresClient
  private let origin: AuditOrigin
  private let sealer: Sealer?

  /// - Parameters:
  ///   - origin: who does what is done here.
  ///   - sealer: what seals secrets; nil: none are stored.
  package init(_ client: PostgresClient, by origin: AuditOrigin = .command, sealer: Sealer? = nil) {
    self.client = client
    self.origin = origin
    self.sealer = sealer
  }

  /// All agents that answer, the oldest first.
  package func list() async throws(PostgresError) -> [AgentRecord] {
    try await read(nil).filter { !$0.isWithdrawn }
  }

  /// The agent of a slug, where it answers.
  package func agent(_ slug: String) async throws -> AgentRecord {
    guard let agent = try await read(slug).first, !agent.isWithdrawn else { throw AgentBookError.noSuchAgent(slug) }
    return agent
  }

  /// Makes an agent. One that was withdrawn comes back under its slug.
  package func create(_ slug: String, _ agent: AgentChange) async throws -> AgentRecord {
    guard Self.isSlug(slug) else { throw AgentBookError.badSlug }
    guard agent.kind != nil, agent.name?.isEmpty == false, agent.settings?.isEmpty == false else {
      throw AgentBookError.incomplete
    }
    let rows = try await store(Statements.createAgent, slug, agent, .agentCreated)
    guard try rows.int(0, 0) == 1 else { throw AgentBookError.taken(slug) }
    return try await self.agent(slug)
  }

  package func update(_ slug: String, _ change: AgentChange) async throws -> AgentRecord {
    let agent = try await agent(slug)
    guard !agent.isBuiltIn else { throw AgentBookError.builtIn(slug) }
    guard change.name?.isEmpty != true, change.settings?.isEmpty != true else { throw AgentBookError.incomplete }
    let present = change.present.map { PostgresValue.utf8(JSONValue.object($0).bytes) } ?? .null
    let rows = try await store(Statements.updateAgent, slug, change, .agentChanged, [present])
    guard try rows.int(0, 0) == 1 else { throw AgentBookError.changedMeanwhile }
    return try await self.agent(slug)
  }

  /// The secrets of an agent, by their places in its settings, as far as they can be opened.
  package func secrets(of slug: String) async throws -> [String: SecretText] {
    let rows = try await client.query(Statements.listedAgents, [.text(slug)])
    return rows.count > 0 ? try rows.agentSecrets(0, 8, of: slug, sealer).secrets : [:]
  }

  /// Has an agent answer no more; one that nobody has talked with is gone then.
  package func delete(_ slug: String) async throws {
    let agent = try await agent(slug)
    guard !agent.isBuiltIn else { throw AgentBookError.builtIn(slug) }
    let sites = try await client.query(
      "SELECT key FROM sites WHERE default_agent_id = $1 ORDER BY id LIMIT 1", [.int8(agent.id)])
    if sites.count > 0 { throw AgentBookError.used(site: try sites.text(0, 0)) }
    let note = AuditNote.parameters(.agentDeleted, by: origin)
    _ = try await client.transaction([
      (Statements.withdrawAgent, [.text(slug)] + note), (Statements.removeAgent, [.text(slug)]),
    ])
  }

  private func read(_ slug: String?) async throws(PostgresError) -> [AgentRecord] {
    let rows = try await client.query(Statements.listedAgents, [slug.map { .text($0) } ?? .null])
    return try (0..<rows.count).map { row throws(PostgresError) in
      AgentRecord(
        id: try rows.int(row, 0), slug: try rows.text(row, 1), kind: try rows.text(row, 2),
        name: try rows.text(row, 3), greeting: try rows.text(row, 4),
        suggestions: try rows.texts(row, 5).compactMap { $0 },
        settings: (try? JSONValue(parsing: try rows.bytes(row, 6)))?.object ?? JSONObject(),
        secrets: Set(try rows.texts(row, 8).compactMap { $0 }),
        isWithdrawn: try rows.bool(row, 7))
    }
  }

  private func store(
    _ statement: PostgresStatement, _ slug: String, _ agent: AgentChange, _ action: AuditAction,
    _ more: [PostgresValue] = []
  ) async throws -> PostgresRows {
    let details = JSONObject([("changed", .array(agent.names.map { .string($0) }))])
    return try await client.query(
      statement,
      [.text(slug)] + agent.parameters + AuditNote.parameters(action, by: origin, details: details)
        + (try agent.secretParameters(of: slug, sealer)) + more)
  }

  private static func isSlug(_ slug: String) -> Bool {
    (1...64).contains(slug.utf8.count)
      && slug.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}

extension AgentChange {
  /// `$2` to `$6` of the statements below.
  fileprivate var parameters: [PostgresValue] {
    [
      kind.map { .text($0) } ?? .null, name.map { .text($0) } ?? .null, greeting.map { .text($0) } ?? .null,
      suggestions.map { .texts($0) } ?? .null, settings.map { .utf8(JSONValue.object($0).bytes) } ?? .null,
    ]
  }

  /// What is changed, by name.
  fileprivate var names: [String] {
    let all: [(String, Bool)] = [
      ("kind", kind != nil), ("name", name != nil), ("greeting", greeting != nil),
      ("suggestions", suggestions != nil), ("settings", settings != nil),
      ("secrets", secrets?.given.isEmpty == false),
    ]
    return all.filter(\.1).map(\.0)
  }
}

extension Statements {
  /// All agents, or that of a slug.
  fileprivate static let listedAgents = PostgresStatement(
    """
    SELECT a.id, a.slug, a.kind, a.name, a.greeting, a.suggestions, a.settings::text, a.withdrawn_at IS NOT NULL,
      \(agentSecrets)
    FROM agents a WHERE $1::text IS NULL OR a.slug = $1::text ORDER BY a.id
    """)

  /// Answers how many were made: none where there is one of that slug.
  fileprivate static let createAgent = PostgresStatement(
    """
    WITH made AS (
      INSERT INTO agents AS a (slug, kind, name, greeting, suggestions, settings)
      VALUES ($1::text, $2::text, $3::text, coalesce($4::text, ''), coalesce($5::text[], '{}'), $6::text::jsonb)
      ON CONFLICT (slug) DO UPDATE SET kind = excluded.kind, name = excluded.name, greeting = excluded.greeting,
        suggestions = excluded.suggestions, settings = excluded.settings, withdrawn_at = NULL
      WHERE a.withdrawn_at IS NOT NULL
      RETURNING id, slug),
    \(AuditNote.expression(of: "made", target: "'agent:' || made.slug", from: 7)),
    \(storedSecrets(of: "made"))
    SELECT count(*) FROM made
    """)

  /// Answers how many were changed: none where it is not as it was judged by.
  fileprivate static let updateAgent = PostgresStatement(
    """
    WITH changed AS (
      UPDATE agents SET kind = coalesce($2::text, kind), name = coalesce($3::text, name),
        greeting = coalesce($4::text, greeting), suggestions = coalesce($5::text[], suggestions),
        settings = coalesce($6::text::jsonb, settings)
      WHERE slug = $1::text AND ($16::text IS NULL OR settings = $16::text::jsonb)
      RETURNING id, slug),
    \(AuditNote.expression(of: "changed", target: "'agent:' || changed.slug", from: 7)),
    \(storedSecrets(of: "changed"))
    SELECT count(*) FROM changed
    """)

  fileprivate static let withdrawAgent = PostgresStatement(
    """
    WITH withdrawn AS (
      UPDATE agents SET withdrawn_at = now(), settings = '{}' WHERE slug = $1::text RETURNING id, slug),
    forgotten AS (DELETE FROM agent_secrets s USING withdrawn w WHERE s.agent_id = w.id),
    \(AuditNote.expression(of: "withdrawn", target: "'agent:' || withdrawn.slug", from: 2))
    SELECT 1
    """)

  fileprivate static let removeAgent: PostgresStatement = """
    DELETE FROM agents a WHERE a.slug = $1::text AND NOT EXISTS (SELECT FROM sessions s WHERE s.agent_id = a.id)
      AND NOT EXISTS (SELECT FROM sites s WHERE s.default_agent_id = a.id)
    """
}
