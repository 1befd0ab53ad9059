import Synchronization

/// How many processes of tool servers there may be at once in all.
package final class ProcessPlaces: Sendable {
  private let most: Int
  private let taken = Mutex(0)

  package init(_ most: Int) { self.most = most }

  /// How many there are.
  package var count: Int { taken.withLock { $0 } }

  func take() throws(MCPError) {
    let isTaken = taken.withLock { taken in
      guard taken < most else { return false }
      taken += 1
      return true
    }
    if !isTaken { throw MCPError(.unavailable, "there are \(most) processes of tool servers already") }
  }

  func giveBack() { taken.withLock { $0 -= 1 } }
}
