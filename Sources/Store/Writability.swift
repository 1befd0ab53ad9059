import Synchronization

/// Whether the database stores what it is given, as far as this node has seen; shared by its loops. One that can be
/// reached may be read-only or full: reads go on then, and who asks for a change is refused at once.
package final class Writability: Sendable {
  private let waiting = Atomic(0)
  private let isBeatRefused = Atomic(false)

  package init() {}

  /// False from a refused change until the same is taken.
  package var isGiven: Bool {
    waiting.load(ordering: .relaxed) == 0 && !isBeatRefused.load(ordering: .relaxed)
  }

  /// Notes that a group waits since it was refused.
  func groupWaits() { waiting.add(1, ordering: .relaxed) }

  /// Notes that such a group waits no longer.
  func groupIsDone() { waiting.subtract(1, ordering: .relaxed) }

  /// Notes what became of a heartbeat: where nobody asks for anything, it is what notices.
  func beat(isRefused: Bool) { isBeatRefused.store(isRefused, ordering: .relaxed) }
}
