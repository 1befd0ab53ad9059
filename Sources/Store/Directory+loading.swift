import Accounts
package import Conversation
import JSONWire
package import Postgres
package import Sealing

extension Directory {
  /// Makes the agents and the first site where they are missing, and reads what there is.
  /// - Parameters:
  ///   - builtIn: the agents that this program brings; the first is the first site's own.
  ///   - bareIDs: who may use sessions of the first site by their ids alone, where it is made now.
  ///   - sealer: what opens secrets; nil: those that are sealed are not there.
  package static func load(
    from client: PostgresClient, builtIn: [(profile: AgentProfile, kind: String)], bareIDs: BareIDs = .off,
    sealer: Sealer? = nil
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
    return try await read(from: client, sealer)
  }

  /// Reads anew what of it has changed.
  /// - Returns: nil where nothing has.
  package func renewed(from client: PostgresClient) async throws(PostgresError) -> Directory? {
    let present = try await client.query(Statements.directoryVersion, [])
    let isCurrent = try present.int(0, 0) == version
    if isCurrent, try present.int(0, 1) == credentials.version { return nil }
    guard isCurrent else { return try await Self.read(from: client, sealer) }
    var renewed = self
    renewed.credentials = try await Credentials.read(from: client, sealer: sealer)
    return renewed
  }

  private static func read(
    from client: PostgresClient, _ sealer: Sealer?
  ) async throws(PostgresError) -> Directory {
    // The version first: what changes meanwhile is read once more, and nothing is missed.
    let version = try await client.query(Statements.directoryVersion, [])
    let sites = try await client.query(Statements.sites, [])
    let agents = try await client.query(Statements.agents, [])
    var complaints: [String] = []
    let served = try (0..<sites.count).map { row throws(PostgresError) in
      let (origins, wrong) = AllowedOrigins.read(try sites.texts(row, 3).compactMap { $0 })
      let key = try sites.text(row, 1)
      let identity = try sites.siteIdentity(row, from: 7, of: key, sealer)
      complaints += (wrong.map { "\($0)" } + identity.complaints).map { "site \(key): \($0)" }
      return Site(
        id: try sites.int(row, 0), key: key, defaultAgent: try sites.optional(row, 2, sites.int),
        policy: OriginPolicy(origins: origins, allowsMissing: try sites.bool(row, 4)),
        greeting: try sites.text(row, 5), suggestions: try sites.texts(row, 6).compactMap { $0 },
        bareIDs: BareIDs(rawValue: try sites.text(row, 12)) ?? .off, identity: identity.identity,
        budgets: try sites.budgets(row, 13))
    }
    let entries = try (0..<agents.count).map { row throws(PostgresError) in
      let secrets = try agents.agentSecrets(row, 9, of: try agents.text(row, 1), sealer)
      complaints += secrets.complaints
      return Entry(
        profile: try agents.agentProfile(row), kind: try agents.text(row, 2),
        site: try agents.optional(row, 6, agents.int),
        settings: (try? JSONValue(parsing: try agents.bytes(row, 7)))?.object ?? JSONObject(),
        secrets: secrets.secrets, isWithdrawn: try agents.bool(row, 8))
    }
    return Directory(
      version: try version.int(0, 0), sites: served, agents: entries,
      credentials: try await Credentials.read(from: client, sealer: sealer), complaints: complaints, sealer: sealer)
  }
}

extension PostgresRows {
  /// What can't be read limits nobody.
  func budgets(_ row: Int, _ column: Int) throws(PostgresError) -> Budgets {
    (try? JSONValue(parsing: try bytes(row, column))).flatMap(Budgets.init) ?? Budgets()
  }

  /// The columns mode, secret, key set, issuer and audience, and two columns behind these the sealed secret.
  fileprivate func siteIdentity(
    _ row: Int, from first: Int, of site: String, _ sealer: Sealer?
  ) throws(PostgresError) -> (identity: SiteIdentity, complaints: [String]) {
    // A mode that this version does not know lets in nobody without a name.
    let mode = IdentityMode(rawValue: try text(row, first)) ?? .required
    var secret = try optional(row, first + 1, text)
    var failure: String?
    if let sealed = try optional(row, first + 7, bytes) {
      do throws(SealingError) {
        secret = String(decoding: try sealer.open(sealed, of: site, in: .siteSecrets), as: UTF8.self)
      } catch {
        failure = "its secret is not used: \(error)"
      }
    }
    let (keys, complaints) = SiteIdentity.keys(secret: secret, jwks: try optional(row, first + 2, bytes))
    let identity = SiteIdentity(
      mode: mode, keys: keys, issuer: try optional(row, first + 3, text), audience: try optional(row, first + 4, text))
    return (identity, complaints + [failure].compactMap { $0 })
  }
}

extension Statements {
  static let makeAgent: PostgresStatement = """
    INSERT INTO agents (slug, kind, name, greeting, suggestions) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (slug) DO NOTHING
    """

  /// Makes the first site, where there is none: for the server's own page, and for programs.
  static let makeSite: PostgresStatement = """
    INSERT INTO sites (key, name, default_agent_id, allows_missing_origin, bare_ids, shared_documents)
    SELECT $1, $2, a.id, true, $4, true FROM agents a WHERE a.slug = $3 AND NOT EXISTS (SELECT FROM sites)
    ON CONFLICT (key) DO NOTHING
    """

  static let directoryVersion: PostgresStatement = "SELECT version, credentials FROM directory_version"

  static let sites: PostgresStatement = """
    SELECT s.id, s.key, s.default_agent_id, s.allowed_origins, s.allows_missing_origin, s.greeting, s.suggestions,
      s.identity_mode, i.secret, i.jwks::text, i.issuer, i.audience, s.bare_ids,
      s.budgets::text, i.sealed_secret
    FROM sites s LEFT JOIN site_identities i ON i.site_id = s.id
    WHERE s.disabled_at IS NULL ORDER BY s.id
    """

  static let agents = PostgresStatement(
    """
    SELECT a.id, a.slug, a.kind, a.name, a.greeting, a.suggestions, a.site_id, a.settings::text,
      a.withdrawn_at IS NOT NULL, \(agentSecrets)
    FROM agents a ORDER BY a.id
    """)
}
