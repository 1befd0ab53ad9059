import Accounts
import Calendar
import Server
import Store

/// `skein key create`, `list` and `revoke`
enum KeyCommand {
  static let usage = """
    usage: skein key create --name NAME --scope SCOPE... [--site KEY] [--days N]
           skein key list
           skein key revoke PREFIX

    Keeps the keys by which other servers use this one. A key is shown once, when it is made.
    """
  static var options: [Option<Settings>] { Settings.key + Settings.database + Settings.logging }

  static func run(_ arguments: [String], environment: [String: String]) async throws {
    var arguments = arguments
    let name = arguments.isEmpty ? "" : arguments.removeFirst()
    guard ["create", "list", "revoke"].contains(name) else {
      throw UsageError(message: "skein key takes create, list or revoke; --help tells more")
    }
    var prefix = ""
    if name == "revoke" {
      guard let first = arguments.first, !first.hasPrefix("--") else {
        throw UsageError(message: "skein key revoke takes what skein key list shows of a key")
      }
      prefix = arguments.removeFirst()
    }
    var settings = Settings()
    try Option.parse(options, arguments, environment: environment, into: &settings)
    let key = settings.key
    switch name {
    case "create":
      guard let title = key.name else { throw UsageError(message: "skein key create takes --name") }
      let made = try await keep(settings) {
        try await $0.issue(name: title, site: key.site, scopes: key.scopes, lifetime: key.days.map { $0 * 86_400 })
      }
      print(line(made.record))
      print("\nkey: \(made.key.text)\n\nIt is not shown again.")
    case "list":
      for key in try await keep(settings, { try await $0.list() }) { print(line(key)) }
    default: print(line(try await keep(settings) { [prefix] in try await $0.revoke(prefix) }))
    }
  }

  private static func keep<Result: Sendable>(
    _ settings: Settings, _ body: @Sendable (KeyBook) async throws -> Result
  ) async throws -> Result {
    try await Server.keep(try settings.resolved(), log: settings.log) { try await body($0.keys(by: .command)) }
  }

  private static func line(_ key: KeyRecord) -> String {
    let state = key.revokedAt == nil ? "good" : "revoked"
    let end = key.expiresAt.map { Timestamp.text(milliseconds: $0) } ?? "for ever"
    let used = key.lastUsedAt.map { Timestamp.text(milliseconds: $0) } ?? "-"
    return [key.prefix, state, key.site ?? "-", key.scopes.joined(separator: ","), end, used, key.name]
      .joined(separator: "\t")
  }
}
