import Reactor

/// Writes what a turn's requests left in libpq's buffers, once for each connection.
final class TurnFlusher: TurnObserver, @unchecked Sendable {
  private var dirty: [Connection] = []
  private var flushing: [Connection] = []

  /// - Parameter connection: has something to write; named once a turn.
  func mark(_ connection: Connection) { dirty.append(connection) }

  func turnEnded() {
    guard !dirty.isEmpty else { return }
    swap(&dirty, &flushing)
    for connection in flushing { connection.flush() }
    flushing.removeAll(keepingCapacity: true)
  }
}
