import Glibc
import Log
import Reactor
import Server
import Transport

/// `skein echo`
enum EchoCommand: Command {
  static let usage =
    "usage: skein echo [options]\n\nSends every WebSocket message back, on any path, without a database."
  static var options: [Option<Settings>] { Settings.listening + Settings.logging }

  static func run(_ settings: Settings) async throws {
    let stop = try StopSignal()
    var transport = settings.server.transport
    // Test suites send messages of several megabytes.
    transport.messageBytes = max(transport.messageBytes, 64 * 1024 * 1024)
    let server = try await EchoServer.start(settings.server, transport: transport, log: settings.log)
    print("Echoing at ws://\(settings.server.host):\(server.port)/")
    fflush(nil)
    await stop.wait()
    server.stop()
  }
}
