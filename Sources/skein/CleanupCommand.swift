import Log
import Server
import Store

/// `skein cleanup`
enum CleanupCommand: Command {
  static let usage = """
    usage: skein cleanup [--dry-run] [options]

    Does at once what servers do once an hour: sessions without activity become inactive, those that their site keeps no
    longer are deleted, and those that were deleted long ago are removed for good.
    """
  static var options: [Option<Settings>] {
    [.onOff("dry-run", "Whether it is only counted what would be done (no)", \.isDryRun)] + Settings.lifecycle
      + Settings.database + Settings.logging
  }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let isDryRun = settings.isDryRun
    guard let tally = try await Server.cleanUp(try settings.resolved(), isDryRun: isDryRun, log: settings.log) else {
      return print("A server is at it just now.")
    }
    print(isDryRun ? "Would be done:" : "Done:")
    print("inactive\t\(tally.inactive)\ndeleted\t\(tally.deleted)\nremoved\t\(tally.purged)")
  }
}
