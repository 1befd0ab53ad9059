import Accounts
import HTTPWire
import JSONWire
import Store
import Transport

extension Route {
  /// What is kept of a deployment: keys, sites, and the record of what was done.
  static let accounts: [Route] = [
    Route(.get, "/v1/keys", .account(.keepKeys)) { shard, call throws(Problem) in
      let extent = try await shard.extent(of: call.account, for: .keepKeys)
      let keys = try await shard.keeping { try await shard.books.keys(by: call.origin).list(sites: extent.numbers) }
      return .json(.ok, JSONValue.object([("keys", .array(keys.map { .key($0) }))]).bytes)
    },
    Route(.post, "/v1/keys", .account(.keepKeys), content: .json, makes: true) { shard, call throws(Problem) in
      let made = try await shard.issueKey(call)
      let content: [(String, JSONValue)] = [("key", .string(made.key.text)), ("record", .key(made.record))]
      return .json(.created, JSONValue.object(content).bytes)
    },
    Route(.delete, "/v1/keys/{prefix}", .account(.keepKeys)) { shard, call throws(Problem) in
      let extent = try await shard.extent(of: call.account, for: .keepKeys)
      let prefix = call.value("prefix")
      guard !prefix.utf8.contains(0) else { throw .notFound("there is no such key") }
      _ = try await shard.keeping {
        try await shard.books.keys(by: call.origin).revoke(prefix, sites: extent.numbers)
      }
      return .done
    },
    Route(.get, "/v1/sites", .account(.readSites)) { shard, call throws(Problem) in
      let extent = try await shard.extent(of: call.account, for: .readSites)
      let sites = try await shard.keeping { try await shard.books.sites(by: call.origin).list() }
      let own = sites.filter { extent.contains($0.id) }.map { JSONValue.site($0) }
      return .json(.ok, JSONValue.object([("sites", .array(own))]).bytes)
    },
    Route(.post, "/v1/sites", .account(.changeSites), content: .json, makes: true) { shard, call throws(Problem) in
      guard try await shard.extent(of: call.account, for: .changeSites) == .deployment else {
        throw .forbidden("who keeps some sites makes no others")
      }
      let site = try SiteChange(call.request.object())
      guard site.name != nil else { throw .badField("name: missing") }
      let made = try await shard.keeping { try await shard.books.sites(by: call.origin).create(site) }
      var response = HTTPResponse.json(.created, JSONValue.site(made).bytes)
      try? response.head.add("ETag", text: made.tag.text)
      try? response.head.add("Location", text: "/v1/sites/\(made.key)")
      return response
    },
    Route(.get, "/v1/sites/{key}", .account(.readSites)) { shard, call throws(Problem) in
      let site = try await shard.site(call, for: .readSites)
      return call.answer(.json(.ok, JSONValue.site(site).bytes), site.tag)
    },
    Route(.patch, "/v1/sites/{key}", .account(.changeSites), content: .json) { shard, call throws(Problem) in
      let site = try await shard.site(call, for: .changeSites)
      try call.require(site.tag)
      let change = try SiteChange(call.request.object())
      let changed = try await shard.keeping {
        try await shard.books.sites(by: call.origin).update(site.key, change)
      }
      var response = HTTPResponse.json(.ok, JSONValue.site(changed).bytes)
      try? response.head.add("ETag", text: changed.tag.text)
      return response
    },
    Route(.get, "/v1/audit", .account(.readAudit)) { shard, call throws(Problem) in
      let extent = try await shard.extent(of: call.account, for: .readAudit)
      let limit = try call.int("limit", in: 1...1000, otherwise: 100)
      var before: Int64?
      if let text = call.head.queryValue("before") {
        guard let number = Int64(text), number > 0 else { throw .badField("before: what an answer gave as before") }
        before = number
      }
      let cursor = before
      let rows = try await shard.keeping {
        try await shard.books.audit.list(sites: extent.numbers, before: cursor, limit: limit + 1)
      }
      let next = rows.count > limit ? rows[limit - 1].id : nil
      return .json(
        .ok,
        JSONValue.object([
          ("entries", .array(rows.prefix(limit).map { .audit($0) })), ("before", .optional(next.map { "\($0)" })),
        ]).bytes)
    },
  ]
}

extension Shard {
  /// The site of a path, where the asker may do that on it. One that is not there and one that is another's look alike.
  /// The site of a path that somebody may do something on.
  func site(_ call: APICall, for permission: Permission) async throws(Problem) -> SiteRecord {
    let extent = try await extent(of: call.account, for: permission)
    let key = call.value("key")
    guard !key.utf8.contains(0) else { throw .notFound("there is no such site") }
    let site = try await keeping { try await self.books.sites(by: call.origin).site(key) }
    guard extent.contains(site.id) else { throw .notFound("there is no such site") }
    return site
  }

  fileprivate func issueKey(_ call: APICall) async throws(Problem) -> (key: APIKey, record: KeyRecord) {
    let extent = try await extent(of: call.account, for: .keepKeys)
    let object = try call.request.object()
    let (name, site) = (try object.needed("name"), try object.text("site", 1...200, takesNull: true))
    let days = try object.int("expires_in_days", 1...3650)
    var scopes: Set<APIScope> = []
    for text in try object.texts("scopes", most: 20, characters: 50) ?? [] {
      guard let scope = APIScope(rawValue: text) else {
        throw .badField("scopes: \(APIScope.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      scopes.insert(scope)
    }
    let allowed = scopes
    return try await keeping {
      if extent != .deployment {
        // Whoever keeps some sites makes keys for these.
        guard let site else { throw Problem.forbidden("site: one of yours") }
        let record = try await self.books.sites(by: call.origin).site(site)
        guard extent.contains(record.id) else { throw KeyError.noSuchSite(site) }
      }
      return try await self.books.keys(by: call.origin).issue(
        name: name, site: site, scopes: allowed, lifetime: days.map { $0 * 86_400 })
    }
  }
}

extension SiteRecord {
  /// The state of what is shown of it.
  fileprivate var tag: EntityTag {
    EntityTag(String(Base64URL.encode(SHA256.digest(JSONValue.site(self).bytes)).prefix(22)))
  }
}

extension SiteChange {
  /// The members of a site that are to be changed. What is null is cleared, where there is something to clear.
  fileprivate init(_ object: JSONObject) throws(Problem) {
    self.init()
    func clearable(_ name: String, _ characters: Int) throws(Problem) -> String? {
      if object[name]?.isNull == true { return "" }
      return try object.text(name, 1...characters)
    }
    name = try object.text("name", 1...200)
    agent = try object.text("agent", 1...64)
    if let texts = try object.texts("origins", most: 100, characters: 300) {
      do throws(OriginError) { origins = try AllowedOrigins(texts) } catch { throw .badField("origins: \(error)") }
    }
    allowsMissingOrigin = try object.bool("missing_origin")
    languages = try object.texts("languages", most: 20, characters: 35)
    greeting = try object.text("greeting", 0...2000)
    suggestions = try object.texts("suggestions", most: 20, characters: 200)
    theme = try Self.json(object, "theme", most: 16_384)
    identity = try object.word("identity", IdentityMode.self)
    secret = try clearable("identity_secret", 200)
    keySet =
      object["identity_keys"]?.isNull == true ? "" : try Self.json(object, "identity_keys", most: JWKSet.longest)
    keySource = try clearable("identity_keys_url", 2000)
    // What was fetched goes with its source.
    if keySource == "", keySet == nil { keySet = "" }
    issuer = try clearable("identity_issuer", 300)
    audience = try clearable("identity_audience", 300)
    retentionDays = object["retention_days"]?.isNull == true ? 0 : try object.int("retention_days", 1...36_500)
    isDisabled = try object.bool("disabled")
    bareIDs = try object.word("bare_ids", BareIDs.self)
    sharesDocuments = try object.bool("shared_documents")
    if let value = object["budgets"] {
      guard let given = Budgets(value) else {
        throw .badField("budgets: site, visitor and key, each a whole number up to \(Budgets.most), or null")
      }
      budgets = given
    }
  }

  private static func json(_ object: JSONObject, _ name: String, most bytes: Int) throws(Problem) -> String? {
    guard let value = object[name] else { return nil }
    let text = value.bytes
    guard value.object != nil, text.count <= bytes, !value.holdsNUL else {
      throw .badField("\(name): an object of up to \(bytes) bytes")
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension JSONValue {
  fileprivate static func key(_ key: KeyRecord) -> JSONValue {
    .object([
      ("prefix", .string(key.prefix)), ("name", .string(key.name)), ("site", .optional(key.site)),
      ("scopes", .array(key.scopes.map { .string($0) })), ("created_at", .time(key.createdAt)),
      ("expires_at", .time(key.expiresAt)), ("revoked_at", .time(key.revokedAt)),
      ("last_used_at", .time(key.lastUsedAt)),
    ])
  }

  fileprivate static func site(_ site: SiteRecord) -> JSONValue {
    .object([
      ("key", .string(site.key)), ("name", .string(site.name)), ("agent", .optional(site.agent)),
      ("origins", .array(site.origins.map { .string($0) })), ("missing_origin", .bool(site.allowsMissingOrigin)),
      ("languages", .array(site.languages.map { .string($0) })), ("greeting", .string(site.greeting)),
      ("suggestions", .array(site.suggestions.map { .string($0) })), ("theme", .stored(site.theme)),
      ("identity", .string(site.identity.rawValue)), ("has_identity_secret", .bool(site.hasSecret)),
      ("identity_keys", .stored(site.keySet)), ("identity_keys_url", .optional(site.keySource)),
      ("identity_issuer", .optional(site.issuer)),
      ("identity_audience", .optional(site.audience)),
      ("retention_days", site.retentionDays.map { .int($0) } ?? .null), ("disabled", .bool(site.isDisabled)),
      ("bare_ids", .string(site.bareIDs.rawValue)), ("budgets", site.budgets.json),
      ("shared_documents", .bool(site.sharesDocuments)),
    ])
  }

  fileprivate static func audit(_ row: AuditRecord) -> JSONValue {
    .object([
      ("id", .int(row.id)), ("at", .time(row.at)), ("actor_kind", .string(row.actorKind)),
      ("actor", .optional(row.actor)), ("action", .string(row.action)), ("target", .optional(row.target)),
      ("site", .optional(row.site)), ("address", .optional(row.address)), ("request_id", .optional(row.request)),
      ("details", .stored(String(decoding: row.details, as: UTF8.self))),
    ])
  }
}
