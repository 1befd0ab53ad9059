import Log
import Server

/// `skein serve`
enum ServeCommand: Command {
  static let usage = "usage: skein serve [options]\n\nServes chat sessions until SIGTERM or SIGINT."
  static var options: [Option<Settings>] {
    Settings.listening + Settings.database + Settings.serving + Settings.logging
  }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let serving = try settings.resolved()
    let server = try await Server.start(serving, log: settings.log)
    let host = serving.host.contains(":") ? "[\(serving.host)]" : serving.host
    try await console.announce("Skein is at http://\(host):\(server.port)/")
    settings.log.info("stopping")
    await server.stop()
  }
}
