import Log
import Server
import Transport

/// `skein echo`
enum EchoCommand: Command {
  static let usage =
    "usage: skein echo [options]\n\nSends every WebSocket message back, on any path, without a database."
  static var options: [Option<Settings>] { Settings.listening + Settings.security + Settings.logging }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let serving = try settings.secured(settings.server)
    var transport = serving.transport
    // Test suites send messages of several megabytes.
    // Nor do they bear the limits that a server on the open net needs.
    transport.connectionsPerAddress = 0
    transport.framesPerSecond = 0
    transport.messageBytes = max(transport.messageBytes, 64 * 1024 * 1024)
    let server = try await EchoServer.start(serving, transport: transport, log: settings.log)
    let scheme = transport.tls == nil ? "ws" : "wss"
    let line = "Echoing at \(scheme)://\(settings.host):\(server.port)/"
    try await console.announce(line + settings.redirection(from: server.redirectPort)) {
      transport.tls?.reload(settings.log)
    }
    server.stop()
  }
}
