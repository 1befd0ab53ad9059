package import ProxyWire
import Reactor
import Synchronization

/// Finds the addresses of names, on a few threads of its own: the C library's resolver waits. Each name is asked for once
/// at a time, so that one whose name server is slow keeps one thread, however many want it.
package final class HostResolver: Sendable {
  fileprivate struct State {
    /// The threads that have nothing to do, by their numbers.
    var free: [Int]
    /// Names that no thread has taken up yet, in the order in which they came.
    var queue: [String] = []
    /// Who waits for a name, one that is taken up as well.
    var waiting: [String: [CheckedContinuation<[IPAddress]?, Never>]] = [:]
    var count = 0
  }

  private let threads: LoopGroup
  private let mostWaiting: Int
  private let lookUp: @Sendable (String) -> [IPAddress]
  private let state: Mutex<State>

  /// - Parameters:
  ///   - threads: how many names are looked up at once.
  ///   - mostWaiting: so many may wait; who comes beyond that is refused.
  ///   - lookUp: finds a name's addresses, and may wait for as long as it takes.
  package init(
    threads: Int = 4, mostWaiting: Int = 64,
    lookUp: @escaping @Sendable (String) -> [IPAddress] = { SystemResolver.addresses(of: $0) }
  ) throws {
    self.threads = try LoopGroup(count: max(1, threads))
    self.mostWaiting = mostWaiting
    self.lookUp = lookUp
    state = Mutex(State(free: Array(self.threads.loops.indices)))
  }

  deinit { threads.stop() }

  /// How many wait.
  package var waiting: Int { state.withLock { $0.count } }

  /// The addresses of a name, or the one that it is itself.
  package func addresses(of host: String) async throws(DatabaseError) -> [IPAddress] {
    if let address = IPAddress(host) { return [address] }
    let name = host.lowercased()
    let found = await withCheckedContinuation { continuation in
      let step = state.withLock { $0.enter(name, continuation, most: mostWaiting) }
      switch step {
      case .refused: continuation.resume(returning: nil)
      case .waits: break
      case .starts(let thread): Clerk(loop: threads.loops[thread], number: thread, resolver: self).start()
      }
    }
    guard let found else { throw DatabaseError(.busy, "Too many hosts are being looked up.") }
    guard !found.isEmpty else { throw DatabaseError(.unreachable, "The host \(host) is not known.") }
    return found
  }

  /// The next name for a thread; nil where it has nothing more to do.
  private func next(for thread: Int) -> String? {
    state.withLock { state in
      guard !state.queue.isEmpty else {
        state.free.append(thread)
        return nil
      }
      return state.queue.removeFirst()
    }
  }

  private func resolve(_ name: String) {
    let found = lookUp(name)
    let waiting = state.withLock { state in
      let waiting = state.waiting.removeValue(forKey: name) ?? []
      state.count -= waiting.count
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: found) }
  }

  /// A thread at work.
  private actor Clerk {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let number: Int
    private let resolver: HostResolver

    init(loop: EventLoop, number: Int, resolver: HostResolver) {
      (self.number, self.resolver) = (number, resolver)
      unownedExecutor = loop.asUnownedSerialExecutor()
    }

    nonisolated func start() { Task { await work() } }

    private func work() {
      while let name = resolver.next(for: number) { resolver.resolve(name) }
    }
  }
}

extension HostResolver.State {
  fileprivate enum Step {
    case refused, waits
    case starts(thread: Int)
  }

  /// Somebody wants a name.
  fileprivate mutating func enter(
    _ name: String, _ continuation: CheckedContinuation<[IPAddress]?, Never>, most: Int
  ) -> Step {
    guard count < most else { return .refused }
    count += 1
    let isAsked = waiting[name] != nil
    waiting[name, default: []].append(continuation)
    guard !isAsked else { return .waits }
    queue.append(name)
    return free.popLast().map { .starts(thread: $0) } ?? .waits
  }
}
