package import Log
import Reactor
package import Transport

/// Shards that echo, on loops of their own.
package struct EchoServer: Sendable {
  /// Where it listens.
  package let port: UInt16
  /// From where requests are sent to `port`.
  package let redirectPort: UInt16?
  private let loops: LoopGroup
  private let shards: [EchoShard]

  /// Starts to serve on the settings' address, with as many loops as they say.
  package static func start(
    _ settings: ServerSettings, transport: TransportSettings, log: Logger
  ) async throws -> EchoServer {
    let listeners = try Listeners(host: settings.host, port: settings.port)
    let loops = try LoopGroup(count: settings.loops)
    let shards = loops.loops.map { EchoShard(loop: $0, settings: transport, log: log) }
    for shard in shards { try await shard.start(on: try listeners.next()) }
    var redirectors: Listeners?
    if let port = settings.redirectPort {
      let found = try Listeners(host: settings.host, port: port)
      for shard in shards { try await shard.redirect(from: try found.next(), to: listeners.port) }
      redirectors = found
    }
    return EchoServer(port: listeners.port, redirectPort: redirectors?.port, loops: loops, shards: shards)
  }

  /// Ends at once.
  package func stop() {
    loops.stop()
    loops.join()
  }
}
