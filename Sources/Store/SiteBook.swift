package import Accounts
package import Postgres

/// A site as it is stored.
package struct SiteRecord: Sendable, Equatable {
  package let key: String
  package let name: String
  /// The slug of its agent.
  package let agent: String?
  package let origins: [String]
  package let allowsMissingOrigin: Bool
  package let languages: [String]
  package let greeting: String
  package let suggestions: [String]
  /// A JSON object.
  package let theme: String
  package let identity: IdentityMode
  /// How long its sessions are kept after their last activity; nil: for ever.
  package let retentionDays: Int64?
  package let isDisabled: Bool
  package let bareIDs: BareIDs
}

/// How visitors of a site are known.
package enum IdentityMode: String, Sendable {
  /// By the token that their browser keeps.
  case anonymous
  /// By that, or by what the site's own server signs.
  case signed
  /// Only by the latter.
  case required
}

/// Who may use a session of a site by its id alone, without a token. Whoever learns the id has the session then.
package enum BareIDs: String, Sendable {
  /// Nobody.
  case off
  /// Programs on the server's own machine.
  case loopback
  /// Everybody.
  case all
}

/// What is to be changed of a site; nil leaves it as it is.
package struct SiteChange: Sendable {
  package var name: String?
  package var agent: String?
  package var origins: AllowedOrigins?
  package var allowsMissingOrigin: Bool?
  package var languages: [String]?
  package var greeting: String?
  package var suggestions: [String]?
  /// A JSON object.
  package var theme: String?
  package var identity: IdentityMode?
  /// 0: for ever.
  package var retentionDays: Int64?
  package var isDisabled: Bool?
  package var bareIDs: BareIDs?

  package init() {}
}

/// Why a site can't be as it is asked for.
package enum SiteError: Error, Equatable, CustomStringConvertible {
  case noSuchSite(String)
  case noSuchAgent(String)
  case noName

  package var description: String {
    switch self {
    case .noSuchSite(let key): "there is no site \(key)"
    case .noSuchAgent(let slug): "there is no agent \(slug)"
    case .noName: "a site has a name"
    }
  }
}

/// The sites of a deployment, for those who keep them. Servers notice what is changed by themselves.
package struct SiteBook: Sendable {
  private let client: PostgresClient

  package init(_ client: PostgresClient) { self.client = client }

  /// All sites, those that are disabled among them, the oldest first.
  package func list() async throws(PostgresError) -> [SiteRecord] {
    let rows = try await client.query(Statements.listedSites, [.null])
    return try (0..<rows.count).map { row throws(PostgresError) in try rows.site(row) }
  }

  /// The site of a key.
  package func site(_ key: String) async throws -> SiteRecord {
    let rows = try await client.query(Statements.listedSites, [.text(key)])
    guard rows.count > 0 else { throw SiteError.noSuchSite(key) }
    return try rows.site(0)
  }

  /// Makes a site with a new key: 128 random bits, so that nobody finds sites by trying.
  /// - Parameter site: what it is; its agent is the first site's where none is named.
  package func create(_ site: SiteChange) async throws -> SiteRecord {
    guard site.name?.isEmpty == false else { throw SiteError.noName }
    let key = "site_" + VisitorToken.random().text.prefix(22)
    try await check(site)
    _ = try await client.query(Statements.createSite, [.text(key)] + site.parameters)
    return try await self.site(key)
  }

  package func update(_ key: String, _ change: SiteChange) async throws -> SiteRecord {
    guard change.name?.isEmpty != true else { throw SiteError.noName }
    try await check(change)
    _ = try await client.query(Statements.updateSite, [.text(key)] + change.parameters)
    return try await site(key)
  }

  private func check(_ site: SiteChange) async throws {
    guard let slug = site.agent else { return }
    let rows = try await client.query("SELECT FROM agents WHERE slug = $1", [.text(slug)])
    guard rows.count > 0 else { throw SiteError.noSuchAgent(slug) }
  }
}

extension SiteChange {
  /// `$2` to `$13` of the statements below.
  fileprivate var parameters: [PostgresValue] {
    [
      name.map { .text($0) } ?? .null, agent.map { .text($0) } ?? .null,
      origins.map { .texts($0.texts) } ?? .null, allowsMissingOrigin.map { .bool($0) } ?? .null,
      languages.map { .texts($0) } ?? .null, greeting.map { .text($0) } ?? .null,
      suggestions.map { .texts($0) } ?? .null, theme.map { .text($0) } ?? .null,
      identity.map { .text($0.rawValue) } ?? .null, retentionDays.map { .int8($0) } ?? .null,
      isDisabled.map { .bool($0) } ?? .null, bareIDs.map { .text($0.rawValue) } ?? .null,
    ]
  }
}

extension PostgresRows {
  fileprivate func site(_ row: Int) throws(PostgresError) -> SiteRecord {
    SiteRecord(
      key: try text(row, 0), name: try text(row, 1), agent: try optional(row, 2, text),
      origins: try texts(row, 3).compactMap { $0 }, allowsMissingOrigin: try bool(row, 4),
      languages: try texts(row, 5).compactMap { $0 }, greeting: try text(row, 6),
      suggestions: try texts(row, 7).compactMap { $0 }, theme: try text(row, 8),
      identity: IdentityMode(rawValue: try text(row, 9)) ?? .required, retentionDays: try optional(row, 10, int),
      isDisabled: try bool(row, 11), bareIDs: BareIDs(rawValue: try text(row, 12)) ?? .off)
  }
}

extension Statements {
  /// All sites, or that of a key.
  fileprivate static let listedSites: PostgresStatement = """
    SELECT s.key, s.name, a.slug, s.allowed_origins, s.allows_missing_origin, s.languages, s.greeting, s.suggestions,
      s.theme::text, s.identity_mode, s.retention_days, s.disabled_at IS NOT NULL, s.bare_ids
    FROM sites s LEFT JOIN agents a ON a.id = s.default_agent_id
    WHERE $1::text IS NULL OR s.key = $1::text ORDER BY s.id
    """

  fileprivate static let createSite: PostgresStatement = """
    INSERT INTO sites (
      key, name, default_agent_id, allowed_origins, allows_missing_origin, languages, greeting, suggestions, theme,
      identity_mode, retention_days, disabled_at, bare_ids)
    SELECT $1::text, $2::text,
      coalesce(
        (SELECT id FROM agents WHERE slug = $3::text), (SELECT default_agent_id FROM sites ORDER BY id LIMIT 1)),
      coalesce($4::text[], '{}'), coalesce($5::bool, false), coalesce($6::text[], '{}'), coalesce($7::text, ''),
      coalesce($8::text[], '{}'), coalesce($9::text::jsonb, '{}'), coalesce($10::text, 'anonymous'),
      nullif($11::int8, 0), CASE WHEN $12::bool THEN now() END,
      coalesce($13::text, 'off')
    """

  fileprivate static let updateSite: PostgresStatement = """
    UPDATE sites SET
      name = coalesce($2::text, name),
      default_agent_id = coalesce((SELECT id FROM agents WHERE slug = $3::text), default_agent_id),
      allowed_origins = coalesce($4::text[], allowed_origins),
      allows_missing_origin = coalesce($5::bool, allows_missing_origin),
      languages = coalesce($6::text[], languages), greeting = coalesce($7::text, greeting),
      suggestions = coalesce($8::text[], suggestions), theme = coalesce($9::text::jsonb, theme),
      identity_mode = coalesce($10::text, identity_mode),
      retention_days = CASE WHEN $11::int8 IS NULL THEN retention_days ELSE nullif($11::int8, 0) END,
      disabled_at = CASE $12::bool WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL ELSE disabled_at END,
      bare_ids = coalesce($13::text, bare_ids)
    WHERE key = $1::text
    """
}
