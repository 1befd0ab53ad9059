import Synchronization

/// What all loops know of the other servers on the database.
package final class Presence: Sendable {
  private let peers = Atomic(false)
  private let hints = Atomic(true)

  package init() {}

  /// Whether there are others, who want to know what is changed here.
  var hasPeers: Bool {
    get { peers.load(ordering: .relaxed) }
    set { peers.store(newValue, ordering: .relaxed) }
  }

  /// Whether what others tell arrives; where not, the store is asked again and again.
  var hintsArrive: Bool {
    get { hints.load(ordering: .relaxed) }
    set { hints.store(newValue, ordering: .relaxed) }
  }
}
