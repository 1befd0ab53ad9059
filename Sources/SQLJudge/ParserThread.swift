// Its header brings the types of threads along.
import CPGQuery
import Glibc
import Synchronization

/// The one thread on which texts are parsed. The parser keeps its memory by thread, and takes a thread-specific key of
/// the process for each one that it has ever run on, of which there are 1,024: so it is one thread for ever. Its stack is
/// large, since the parser's output, and whoever walks it, go as deep as the statement is nested.
final class ParserThread: Sendable {
  static let shared = ParserThread()

  /// 20,000 bytes of text nest at most 10,000 deep.
  private static let stackBytes = 128 << 20
  private static let mostWaiting = 200

  private let jobs = Mutex<[@Sendable (Bool) -> Void]>([])
  // A semaphore is for all threads.
  private nonisolated(unsafe) let wakeUps: UnsafeMutablePointer<sem_t>

  private init() {
    wakeUps = .allocate(capacity: 1)
    sem_init(wakeUps, 0, 0)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    // It works for as long as the process lives.
    let owner = Unmanaged.passRetained(self).toOpaque()
    let result = pthread_create(
      &thread, &attributes,
      { owner in
        guard let owner else { return nil }
        Unmanaged<ParserThread>.fromOpaque(owner).takeUnretainedValue().work()
      }, owner)
    pthread_attr_destroy(&attributes)
    precondition(result == 0, "a thread for the parser can't be made")
  }

  /// Has something done on the thread.
  /// - Parameter job: told whether it may; where too many wait it is told at once, on the caller's thread, that it may
  ///   not.
  func run(_ job: @escaping @Sendable (Bool) -> Void) {
    let isTaken = jobs.withLock { jobs in
      guard jobs.count < Self.mostWaiting else { return false }
      jobs.append(job)
      return true
    }
    if isTaken { sem_post(wakeUps) } else { job(false) }
  }

  private func work() -> Never {
    while true {
      guard sem_wait(wakeUps) == 0 else { continue }
      let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      job?(true)
    }
  }
}
