import Synchronization

/// What the loops of a process know in common, for whichever of them is asked for its health.
final class Health: Sendable {
  private let ending = Atomic(false)

  init() {}

  /// Whether the server ends.
  var isEnding: Bool { ending.load(ordering: .relaxed) }

  /// Notes that the server ends.
  func end() { ending.store(true, ordering: .relaxed) }
}
