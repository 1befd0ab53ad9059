import Reactor
import Synchronization

/// So many at once; more wait, in their order.
final class Turns: Sendable {
  private struct State {
    var free: Int
    var waiting: [Pending<Void>] = []
  }

  private let state: Mutex<State>

  init(_ most: Int) { state = Mutex(State(free: most)) }

  /// Takes a turn, which has to be given back.
  /// - Parameter milliseconds: how long it is waited for.
  /// - Throws: `MCPError`, `CancellationError`: there is no turn then.
  func take(on loop: EventLoop, milliseconds: UInt64, isolation: isolated (any Actor)? = #isolation) async throws {
    let pending = state.withLock { state -> Pending<Void>? in
      guard state.free == 0 else {
        state.free -= 1
        return nil
      }
      let pending = Pending<Void>()
      state.waiting.append(pending)
      return pending
    }
    guard let pending else { return }
    let timer = loop.schedule(after: milliseconds, target: pending)
    defer { loop.cancel(timer) }
    do {
      try await pending.value()
    } catch {
      state.withLock { $0.waiting.removeAll { $0 === pending } }
      throw error
    }
  }

  /// Gives a turn back, to the first who waits for one and has not gone.
  func giveBack() {
    while true {
      let next = state.withLock { state -> Pending<Void>? in
        guard !state.waiting.isEmpty else {
          state.free += 1
          return nil
        }
        return state.waiting.removeFirst()
      }
      guard let next, !next.resolve(.success(())) else { return }
    }
  }
}
