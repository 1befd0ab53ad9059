import Accounts
package import Conversation
package import Postgres

extension Directory {
  /// Makes the agents and the first site where they are missing, and reads what there is.
  /// - Parameters:
  ///   - builtIn: the agents that this program brings; the first is the first site's own.
  ///   - bareIDs: who may use sessions of the first site by their ids alone, where it is made now.
  package static func load(
    from client: PostgresClient, builtIn: [(profile: AgentProfile, kind: String)], bareIDs: BareIDs = .off
  ) async throws(PostgresError) -> Directory {
    for (profile, kind) in builtIn {
      _ = try await client.query(
        Statements.makeAgent,
        [
          .text(profile.slug), .text(kind), .text(profile.name), .text(profile.greeting),
          .texts(profile.suggestions),
        ])
    }
    if let first = builtIn.first?.profile.slug {
      _ = try await client.query(
        Statements.makeSite, [.text(firstKey), .text("Skein"), .text(first), .text(bareIDs.rawValue)])
    }
    return try await read(from: client)
  }

  /// Reads it anew where it has changed.
  /// - Returns: nil where it has not.
  package func renewed(from client: PostgresClient) async throws(PostgresError) -> Directory? {
    let present = try await client.query(Statements.directoryVersion, [])
    return try present.int(0, 0) == version ? nil : try await Self.read(from: client)
  }

  private static func read(from client: PostgresClient) async throws(PostgresError) -> Directory {
    // The version first: what changes meanwhile is read once more, and nothing is missed.
    let version = try await client.query(Statements.directoryVersion, [])
    let sites = try await client.query(Statements.sites, [])
    let agents = try await client.query(Statements.agents, [])
    var complaints: [String] = []
    let served = try (0..<sites.count).map { row throws(PostgresError) in
      let (origins, wrong) = AllowedOrigins.read(try sites.texts(row, 3).compactMap { $0 })
      let key = try sites.text(row, 1)
      complaints += wrong.map { "site \(key): \($0)" }
      return Site(
        id: try sites.int(row, 0), key: key, defaultAgent: try sites.optional(row, 2, sites.int),
        policy: OriginPolicy(origins: origins, allowsMissing: try sites.bool(row, 4)),
        greeting: try sites.text(row, 5), suggestions: try sites.texts(row, 6).compactMap { $0 },
        bareIDs: BareIDs(rawValue: try sites.text(row, 7)) ?? .off)
    }
    return Directory(
      version: try version.int(0, 0), sites: served,
      agents: try (0..<agents.count).map { row throws(PostgresError) in
        Entry(
          profile: try agents.agentProfile(row), kind: try agents.text(row, 2),
          site: try agents.optional(row, 6, agents.int))
      }, complaints: complaints)
  }
}

extension Statements {
  static let makeAgent: PostgresStatement = """
    INSERT INTO agents (slug, kind, name, greeting, suggestions) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (slug) DO NOTHING
    """

  /// Makes the first site, where there is none: for the server's own page, and for programs.
  static let makeSite: PostgresStatement = """
    INSERT INTO sites (key, name, default_agent_id, allows_missing_origin, bare_ids)
    SELECT $1, $2, a.id, true, $4 FROM agents a WHERE a.slug = $3 AND NOT EXISTS (SELECT FROM sites)
    ON CONFLICT (key) DO NOTHING
    """

  static let directoryVersion: PostgresStatement = "SELECT version FROM directory_version"

  static let sites: PostgresStatement = """
    SELECT id, key, default_agent_id, allowed_origins, allows_missing_origin, greeting, suggestions,
      bare_ids
    FROM sites WHERE disabled_at IS NULL ORDER BY id
    """

  static let agents: PostgresStatement = """
    SELECT id, slug, kind, name, greeting, suggestions, site_id FROM agents ORDER BY id
    """
}
