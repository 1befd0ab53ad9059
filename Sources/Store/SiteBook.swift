import Accounts
import JSONWire
package import Postgres
package import Sealing

/// The sites of a deployment, for those who keep them. Servers notice what is changed by themselves.
package struct SiteBook: Sendable {
  private let client: PostgresClient
  private let origin: AuditOrigin
  private let sealer: Sealer?

  /// - Parameters:
  ///   - origin: who does what is done here.
  ///   - sealer: what seals secrets; nil: they lie clear.
  package init(_ client: PostgresClient, by origin: AuditOrigin = .command, sealer: Sealer? = nil) {
    self.client = client
    self.origin = origin
    self.sealer = sealer
  }

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
    try await store(Statements.createSite, key, site, .siteCreated)
    return try await self.site(key)
  }

  package func update(_ key: String, _ change: SiteChange) async throws -> SiteRecord {
    guard change.name?.isEmpty != true else { throw SiteError.noName }
    try await check(change)
    try await store(Statements.updateSite, key, change, .siteChanged)
    return try await site(key)
  }

  /// Stores a site, its keys, and who has changed what of it, all at once.
  private func store(
    _ statement: PostgresStatement, _ key: String, _ site: SiteChange, _ action: AuditAction
  ) async throws {
    let details = JSONObject([("changed", .array(site.names.map { .string($0) }))])
    let note = AuditNote.parameters(action, by: origin, details: details)
    var steps = [(statement, [.text(key)] + site.parameters + note)]
    if let source = site.keySource { steps.append((Statements.setKeySource, [.text(key), .text(source)])) }
    if site.changesKeys {
      steps.append((Statements.setSiteKeys, [.text(key)] + (try site.keyParameters(sealer, of: key))))
    }
    do throws(PostgresError) {
      _ = try await client.transaction(steps)
    } catch {
      // The database looks at both, whichever of them is changed.
      throw error.constraint == "sites_name_everybody" ? SiteError.namesNobody : error
    }
  }

  private func check(_ site: SiteChange) async throws {
    if let source = site.keySource, !source.isEmpty {
      let isAddress = source.hasPrefix("https://") || source.hasPrefix("http://")
      guard isAddress, source.utf8.count <= 2000, source.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw SiteError.badKeys("its set of keys is fetched from an address such as https://example.com/keys")
      }
    }
    let (secret, keySet) = (site.secret.flatMap(\.nonEmpty), site.keySet.flatMap(\.nonEmpty))
    let (keys, complaints) = SiteIdentity.keys(secret: secret, jwks: keySet.map { Array($0.utf8) })
    // A set may hold keys of kinds that are not used here, as long as there are others.
    if keys.count < (secret == nil ? 0 : 1) + (keySet == nil ? 0 : 1) {
      throw SiteError.badKeys(complaints.first ?? "its set holds no key")
    }
    guard let slug = site.agent else { return }
    let rows = try await client.query("SELECT FROM agents WHERE slug = $1 AND withdrawn_at IS NULL", [.text(slug)])
    guard rows.count > 0 else { throw SiteError.noSuchAgent(slug) }
  }
}

extension SiteChange {
  /// `$2` to `$15` of the statements below.
  fileprivate var parameters: [PostgresValue] {
    [
      name.map { .text($0) } ?? .null, agent.map { .text($0) } ?? .null,
      origins.map { .texts($0.texts) } ?? .null, allowsMissingOrigin.map { .bool($0) } ?? .null,
      languages.map { .texts($0) } ?? .null, greeting.map { .text($0) } ?? .null,
      suggestions.map { .texts($0) } ?? .null, theme.map { .text($0) } ?? .null,
      identity.map { .text($0.rawValue) } ?? .null, retentionDays.map { .int8($0) } ?? .null,
      isDisabled.map { .bool($0) } ?? .null, bareIDs.map { .text($0.rawValue) } ?? .null,
      budgets.map { .utf8($0.json.bytes) } ?? .null, sharesDocuments.map { .bool($0) } ?? .null,
    ]
  }

  /// `$2` to `$7` of `setSiteKeys`.
  fileprivate func keyParameters(_ sealer: Sealer?, of key: String) throws(SealingError) -> [PostgresValue] {
    var sealed: [UInt8]?
    if let sealer, let secret, !secret.isEmpty {
      sealed = try sealer.seal(Array(secret.utf8), of: key, in: .siteSecrets)
    }
    let texts: [PostgresValue] = [sealed == nil ? secret : "", keySet, issuer, audience].map { value in
      value.map { .text($0) } ?? .null
    }
    return texts + [.bool(secret != nil), sealed.map { .bytea($0) } ?? .null]
  }

  fileprivate var changesKeys: Bool { secret != nil || keySet != nil || issuer != nil || audience != nil }

  /// What is changed, by name.
  fileprivate var names: [String] {
    let all: [(String, Bool)] = [
      ("name", name != nil), ("agent", agent != nil), ("origins", origins != nil),
      ("missing_origin", allowsMissingOrigin != nil), ("languages", languages != nil), ("greeting", greeting != nil),
      ("suggestions", suggestions != nil), ("theme", theme != nil), ("identity", identity != nil),
      ("retention_days", retentionDays != nil), ("disabled", isDisabled != nil), ("bare_ids", bareIDs != nil),
      ("budgets", budgets != nil), ("shared_documents", sharesDocuments != nil), ("secret", secret != nil),
      ("key_set", keySet != nil),
      ("key_source", keySource != nil), ("issuer", issuer != nil), ("audience", audience != nil),
    ]
    return all.filter(\.1).map(\.0)
  }
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension PostgresRows {
  fileprivate func site(_ row: Int) throws(PostgresError) -> SiteRecord {
    SiteRecord(
      key: try text(row, 0), name: try text(row, 1), agent: try optional(row, 2, text),
      origins: try texts(row, 3).compactMap { $0 }, allowsMissingOrigin: try bool(row, 4),
      languages: try texts(row, 5).compactMap { $0 }, greeting: try text(row, 6),
      suggestions: try texts(row, 7).compactMap { $0 }, theme: try text(row, 8),
      identity: IdentityMode(rawValue: try text(row, 9)) ?? .required, retentionDays: try optional(row, 10, int),
      isDisabled: try bool(row, 11), hasSecret: try bool(row, 12), keySet: try optional(row, 13, text),
      issuer: try optional(row, 14, text), audience: try optional(row, 15, text),
      bareIDs: BareIDs(rawValue: try text(row, 16)) ?? .off, budgets: try budgets(row, 18), id: try int(row, 17),
      keySource: try optional(row, 19, text), sharesDocuments: try bool(row, 20))
  }
}

extension Statements {
  /// All sites, or that of a key.
  fileprivate static let listedSites: PostgresStatement = """
    SELECT s.key, s.name, a.slug, s.allowed_origins, s.allows_missing_origin, s.languages, s.greeting, s.suggestions,
      s.theme::text, s.identity_mode, s.retention_days, s.disabled_at IS NOT NULL,
      coalesce(i.secret IS NOT NULL OR i.sealed_secret IS NOT NULL, false), i.jwks::text, i.issuer, i.audience,
      s.bare_ids, s.id, s.budgets::text, k.url, s.shared_documents
    FROM sites s LEFT JOIN agents a ON a.id = s.default_agent_id LEFT JOIN site_identities i ON i.site_id = s.id
      LEFT JOIN site_key_sources k ON k.site_id = s.id
    WHERE $1::text IS NULL OR s.key = $1::text ORDER BY s.id
    """

  fileprivate static let createSite = PostgresStatement(
    """
    WITH made AS (
      INSERT INTO sites (
        key, name, default_agent_id, allowed_origins, allows_missing_origin, languages, greeting, suggestions, theme,
        identity_mode, retention_days, disabled_at, bare_ids, budgets, shared_documents)
      SELECT $1::text, $2::text,
        coalesce(
          (SELECT id FROM agents WHERE slug = $3::text), (SELECT default_agent_id FROM sites ORDER BY id LIMIT 1)),
        coalesce($4::text[], '{}'), coalesce($5::bool, false), coalesce($6::text[], '{}'), coalesce($7::text, ''),
        coalesce($8::text[], '{}'), coalesce($9::text::jsonb, '{}'), coalesce($10::text, 'anonymous'),
        nullif($11::int8, 0), CASE WHEN $12::bool THEN now() END, coalesce($13::text, 'off'),
        coalesce($14::text::jsonb, '{}'), coalesce($15::bool, false)
      RETURNING id, key),
    \(AuditNote.expression(of: "made", target: "'site:' || made.key", site: "made.id", from: 16))
    SELECT 1
    """)

  fileprivate static let updateSite = PostgresStatement(
    """
    WITH changed AS (
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
        bare_ids = coalesce($13::text, bare_ids), budgets = coalesce($14::text::jsonb, budgets),
        shared_documents = coalesce($15::bool, shared_documents)
      WHERE key = $1::text
      RETURNING id, key),
    \(AuditNote.expression(of: "changed", target: "'site:' || changed.key", site: "changed.id", from: 16))
    SELECT 1
    """)

  /// Another source is due at once.
  fileprivate static let setKeySource: PostgresStatement = """
    WITH gone AS (
      DELETE FROM site_key_sources WHERE $2::text = '' AND site_id = (SELECT id FROM sites WHERE key = $1::text))
    INSERT INTO site_key_sources (site_id, url) SELECT id, $2::text FROM sites WHERE key = $1::text AND $2::text <> ''
    ON CONFLICT (site_id) DO UPDATE SET url = excluded.url, due_at = now()
    """

  fileprivate static let setSiteKeys: PostgresStatement = """
    INSERT INTO site_identities AS i (site_id, secret, jwks, issuer, audience, sealed_secret)
    SELECT id, nullif($2::text, ''), nullif($3::text, '')::jsonb, nullif($4::text, ''), nullif($5::text, ''), $7::bytea
    FROM sites WHERE key = $1::text
    ON CONFLICT (site_id) DO UPDATE SET
      secret = CASE WHEN $6::bool THEN excluded.secret ELSE i.secret END,
      sealed_secret = CASE WHEN $6::bool THEN excluded.sealed_secret ELSE i.sealed_secret END,
      jwks = CASE WHEN $3::text IS NULL THEN i.jwks ELSE excluded.jwks END,
      issuer = CASE WHEN $4::text IS NULL THEN i.issuer ELSE excluded.issuer END,
      audience = CASE WHEN $5::text IS NULL THEN i.audience ELSE excluded.audience END
    """
}
