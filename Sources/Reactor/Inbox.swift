import CLinux
import Glibc
import Synchronization

/// Work that other threads leave for a loop. However many leave something between two turns, the loop is woken once:
/// the first to find it empty writes to an eventfd, the rest only append.
final class Inbox: Sendable {
  private struct Waiting {
    var jobs: [LoopJob] = []
    var woken = false
  }

  private let waiting = Mutex(Waiting())
  private let counter: Descriptor

  init() throws(SystemError) {
    counter = try Descriptor("eventfd", linux_eventfd_create())
  }

  /// What the loop polls: readable when something was left.
  var descriptor: Int32 { counter.raw }

  func leave(_ job: LoopJob) {
    let first = waiting.withLock { waiting in
      waiting.jobs.append(job)
      defer { waiting.woken = true }
      return !waiting.woken
    }
    if first { wake() }
  }

  /// Ends the loop's present or next wait.
  func wake() {
    var one: UInt64 = 1
    _ = write(counter.raw, &one, 8)
  }

  /// Takes everything that was left to the end of `jobs`. Both keep their memory for the next time.
  func take(into jobs: inout [LoopJob]) {
    waiting.withLock { waiting in
      if jobs.isEmpty {
        swap(&waiting.jobs, &jobs)
      } else {
        jobs.append(contentsOf: waiting.jobs)
        waiting.jobs.removeAll(keepingCapacity: true)
      }
      waiting.woken = false
    }
  }

  /// Makes the descriptor unreadable again.
  func settle() {
    var count: UInt64 = 0
    _ = read(counter.raw, &count, 8)
  }
}
