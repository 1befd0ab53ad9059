import Reactor
import Synchronization

/// An actor that lives on a loop, for tests to run things there.
actor LoopActor {
  nonisolated let loop: EventLoop
  nonisolated let unownedExecutor: UnownedSerialExecutor

  init(_ loop: EventLoop) {
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func run<Value: Sendable>(_ body: @Sendable (EventLoop) throws -> Value) rethrows -> Value { try body(loop) }

  func sleep(milliseconds: UInt64) async -> Bool {
    await loop.sleep(milliseconds: milliseconds)
    return loop.isCurrent
  }

  /// Comes back to the loop so many times, each time as a job of its own.
  func chain(_ count: Int) async {
    for _ in 0..<count { await Task.yield() }
  }
}

/// What happened, in order; from any thread.
final class Diary: Sendable {
  private let lines = Mutex<[String]>([])
  func write(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

final class Target: ReadinessTarget, TimerTarget, TurnObserver {
  private let body: @Sendable (UInt64) -> Void

  init(_ body: @escaping @Sendable (UInt64) -> Void) { self.body = body }

  func ready(_ token: UInt64, _ readiness: Readiness) { body(token) }
  func timerFired(_ token: UInt64) { body(token) }
  func turnEnded() { body(0) }
}

/// Runs a test on a loop of its own, which ends with it.
func withLoop(_ body: (LoopActor) async throws -> Void) async throws {
  let loop = try EventLoop()
  loop.start()
  defer {
    loop.stop()
    loop.join()
  }
  try await body(LoopActor(loop))
}
