import Log
import Server
import Transport

/// `skein echo`
enum EchoCommand: Command {
  static let usage =
    "usage: skein echo [options]\n\nSends every WebSocket message back, on any path, without a database."
  static var options: [Option<Settings>] { Settings.listening + Settings.logging }

  static func run(_ settings: Settings, _ console: Console) async throws {
    var transport = settings.server.transport
    // Test suites send messages of several megabytes.
    transport.messageBytes = max(transport.messageBytes, 64 * 1024 * 1024)
    let server = try await EchoServer.start(settings.server, transport: transport, log: settings.log)
    try await console.announce("Echoing at ws://\(settings.server.host):\(server.port)/")
    server.stop()
  }
}
