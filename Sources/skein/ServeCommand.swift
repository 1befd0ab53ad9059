import Log
import Server
import Transport

/// `skein serve`
enum ServeCommand: Command {
  static let usage = "usage: skein serve [options]\n\nServes chat sessions until SIGTERM or SIGINT."
  static var options: [Option<Settings>] {
    Settings.listening + Settings.security + Settings.database + Settings.serving + Settings.logins + Settings.lifecycle
      + Settings.secrets + Settings.databases + Settings.documents + Settings.embeddings + Settings.services
      + Settings.tools + Settings.logging
  }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let serving = try settings.resolved()
    let server = try await Server.start(serving, log: settings.log)
    let scheme = serving.transport.tls == nil ? "http" : "https"
    let line = "Skein is at \(scheme)://\(settings.host):\(server.port)/"
    try await console.announce(line + settings.redirection(from: server.redirectPort)) {
      serving.transport.tls?.reload(settings.log)
    }
    settings.log.info("stopping")
    await server.stop()
  }
}
