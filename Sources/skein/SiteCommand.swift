import Accounts
import Server
import Store

/// `skein site create`, `list`, `update`, `disable` and `enable`
enum SiteCommand {
  static let usage = """
    usage: skein site create --name NAME [--origin ORIGIN]... [options]
           skein site list [options]
           skein site update KEY [options]
           skein site disable KEY
           skein site enable KEY
           skein site secret KEY

    Keeps the websites of a deployment, whether its servers run or not; they notice within seconds.
    """
  static var options: [Option<Settings>] { Settings.site + Settings.database + Settings.secrets + Settings.logging }

  static func run(_ arguments: [String], environment: [String: String]) async throws {
    var arguments = arguments
    let name = arguments.isEmpty ? "" : arguments.removeFirst()
    guard ["create", "list", "update", "disable", "enable", "secret"].contains(name) else {
      throw UsageError(message: "skein site takes create, list, update, disable, enable or secret; --help tells more")
    }
    var key = ""
    if name != "create", name != "list" {
      guard let first = arguments.first, !first.hasPrefix("--") else {
        throw UsageError(message: "skein site \(name) takes the key of a site; skein site list tells them")
      }
      key = arguments.removeFirst()
    }
    var settings = Settings()
    try Option.parse(options, arguments, environment: environment, into: &settings)
    var change = try settings.site.change()
    switch name {
    case "create":
      guard change.name != nil else { throw UsageError(message: "skein site create takes --name") }
      let site = try await keep(settings) { [change] in try await $0.create(change) }
      print(SiteText.whole(site))
      print("\n" + SiteText.snippet(site, server: settings.site.server))
    case "list":
      for site in try await keep(settings, { try await $0.list() }) { print(SiteText.line(site)) }
    default:
      if name == "secret" { change.secret = VisitorToken.random().text }
      if name == "disable" || name == "enable" { change.isDisabled = name == "disable" }
      let site = try await keep(settings) { [key, change] in try await $0.update(key, change) }
      print(SiteText.whole(site))
      if let secret = change.secret {
        print("\nsecret:         \(secret)\n\nThe site's own server signs with it (HS256). It is not shown again.")
      }
    }
  }

  private static func keep<Result: Sendable>(
    _ settings: Settings, _ body: @Sendable (SiteBook) async throws -> Result
  ) async throws -> Result {
    try await Server.keep(try settings.resolved(), log: settings.log) { try await body($0.sites(by: .command)) }
  }
}

/// Sites as they are told to a person.
enum SiteText {
  static func line(_ site: SiteRecord) -> String {
    let origins = site.origins.isEmpty ? "-" : site.origins.joined(separator: ",")
    return [site.key, site.isDisabled ? "disabled" : "enabled", site.agent ?? "-", origins, site.name]
      .joined(separator: "\t")
  }

  static func whole(_ site: SiteRecord) -> String {
    var lines = [
      ("key", site.key), ("name", site.name), ("agent", site.agent ?? "none"),
      ("origins", site.origins.isEmpty ? "the server's own page" : site.origins.joined(separator: ", ")),
      ("without origin", site.allowsMissingOrigin ? "allowed" : "refused"), ("identity", site.identity.rawValue),
      ("keys", keys(site)),
      ("kept", site.retentionDays.map { "\($0) days" } ?? "for ever"),
    ]
    if !site.languages.isEmpty { lines.append(("languages", site.languages.joined(separator: ", "))) }
    if !site.greeting.isEmpty { lines.append(("greeting", site.greeting)) }
    for suggestion in site.suggestions { lines.append(("suggestion", suggestion)) }
    if site.theme != "{}" { lines.append(("theme", site.theme)) }
    if site.sharesDocuments { lines.append(("documents", "the shared ones too")) }
    if site.bareIDs != .off { lines.append(("bare ids", site.bareIDs.rawValue)) }
    for kind in SpenderKind.allCases {
      if let tokens = site.budgets.tokens[kind] { lines.append(("tokens a day", "\(tokens) by \(kind.rawValue)")) }
    }
    if site.isDisabled { lines.append(("disabled", "yes")) }
    return lines.map { "\($0.0):\(String(repeating: " ", count: max(1, 16 - $0.0.count - 1)))\($0.1)" }
      .joined(separator: "\n")
  }

  /// With what its own server may sign, by name.
  private static func keys(_ site: SiteRecord) -> String {
    var parts = site.hasSecret ? ["a secret"] : []
    if site.keySet != nil { parts.append("a set of public keys") }
    if let source = site.keySource { parts.append("fetched from \(source)") }
    if let issuer = site.issuer { parts.append("iss \(issuer)") }
    if let audience = site.audience { parts.append("aud \(audience)") }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  /// What the site's pages embed.
  static func snippet(_ site: SiteRecord, server: String) -> String {
    "<iframe src=\"\(server)/?site=\(site.key)\" title=\"Chat\" width=\"420\" height=\"640\"></iframe>"
  }
}
