import Log
import Server

/// `skein migrate`
enum MigrateCommand: Command {
  static let usage = "usage: skein migrate [options]\n\nApplies the migrations that a database lacks, and ends."
  static var options: [Option<Settings>] { Settings.database + Settings.logging }

  static func run(_ settings: Settings, _ console: Console) async throws {
    try await Server.migrate(try settings.resolved(), log: settings.log)
    print("The database is up to date.")
  }
}
