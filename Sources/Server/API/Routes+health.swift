import HTTPWire
import Transport

extension Route {
  /// Whether the process lives, and whether new clients should be sent to it.
  static let health: [Route] = [
    Route(.get, "/health/live", .open) { _, _ in .plain(.ok, "alive\n") },
    Route(.get, "/health/ready", .open) { shard, _ in shard.readiness },
  ]
}
