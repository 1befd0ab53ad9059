import Calendar
import Server
import Store

/// `skein audit`
enum AuditCommand: Command {
  static let usage = """
    usage: skein audit [--rows N]

    Tells what was done, and by whom, the newest first: time, who, what, to what, site, address, request, details.
    """
  static var options: [Option<Settings>] { Settings.audit + Settings.database + Settings.logging }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let limit = settings.key.rows
    let rows = try await Server.keep(try settings.resolved(), log: settings.log) {
      try await $0.audit.list(limit: limit)
    }
    for row in rows { print(line(row)) }
  }

  private static func line(_ row: AuditRecord) -> String {
    let actor = row.actorKind + (row.actor.map { ":\($0)" } ?? "")
    return [
      Timestamp.text(milliseconds: row.at), actor, row.action, row.target ?? "-", row.site ?? "-", row.address ?? "-",
      row.request ?? "-", String(decoding: row.details, as: UTF8.self),
    ].joined(separator: "\t")
  }
}
