import CLinux
import Glibc
import Reactor
import Synchronization

/// Where the scenarios of several engines wait for each other.
package final class LoadGate: Sendable {
  private let waited: Atomic<Int>

  /// - Parameter count: how many scenarios there are.
  package init(_ count: Int) { waited = Atomic(count) }

  /// Notes that one of them has come so far.
  package func arrive() { waited.subtract(1, ordering: .relaxed) }

  /// Whether all have come.
  package var isOpen: Bool { waited.load(ordering: .relaxed) <= 0 }
}

/// Waiting on the main thread: bounded, and ended by SIGINT and SIGTERM. These are to be blocked before.
package struct Patience: ~Copyable {
  private let signals: Descriptor
  private let deadline: UInt64
  private let what: String

  /// - Parameters:
  ///   - what: is waited for, for the sentence of the error.
  ///   - seconds: how long at most.
  package init(_ what: String, seconds: Double) throws(LoadError) {
    do { signals = try Descriptor("signalfd", linux_signalfd_create()) } catch { throw LoadError("\(error)") }
    deadline = EventLoop.monotonicMilliseconds() + UInt64(seconds * 1000)
    self.what = what
  }

  /// Waits until the condition holds.
  package func wait(until condition: () throws -> Bool) throws {
    while try !condition() {
      guard linux_signalfd_read(signals.raw) == 0 else { throw LoadError("interrupted") }
      guard EventLoop.monotonicMilliseconds() < deadline else { throw LoadError("\(what) took too long") }
      usleep(2000)
    }
  }

  /// Waits for so long, whatever happens.
  package static func pause(seconds: Double) throws {
    let end = EventLoop.monotonicMilliseconds() + UInt64(seconds * 1000)
    try Patience("a pause", seconds: seconds + 10).wait { EventLoop.monotonicMilliseconds() >= end }
  }
}

extension LoadEngine {
  /// Runs engines to their ends, on the caller's patience.
  /// - Parameter seconds: how long at most.
  package static func run(_ engines: [LoadEngine], _ what: String, seconds: Double) throws {
    for engine in engines { engine.start() }
    defer { for engine in engines { engine.stop() } }
    try Patience(what, seconds: seconds).wait { engines.allSatisfy(\.isDone) || engines.contains { $0.isFailed } }
    for engine in engines { if engine.isDone, let failure = engine.failure { throw failure } }
  }

  private var isFailed: Bool { isDone && failure != nil }
}
