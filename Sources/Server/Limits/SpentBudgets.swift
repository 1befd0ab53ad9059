import Store
import Synchronization

/// Who has used up a day's tokens, for all loops of the process.
final class SpentBudgets: Sendable {
  private struct State {
    var day: Int64 = 0
    var spenders: Set<Spender> = []
  }

  private let state = Mutex(State())
  private let isAnybody = Atomic(false)

  /// Whether anybody may have.
  var isEmpty: Bool { !isAnybody.load(ordering: .relaxed) }

  /// Takes what is known now.
  /// - Parameter day: in UTC, counted since 1970.
  func learn(_ spenders: Set<Spender>, on day: Int64) {
    state.withLock { $0 = State(day: day, spenders: spenders) }
    isAnybody.store(!spenders.isEmpty, ordering: .relaxed)
  }

  /// Whether somebody, or its whole site, has used up what it may.
  func holds(_ spender: Spender, on day: Int64) -> Bool {
    state.withLock { state in
      guard state.day == day else { return false }
      return state.spenders.contains(spender)
        || state.spenders.contains(Spender(site: spender.site, kind: .site, owner: []))
    }
  }
}
