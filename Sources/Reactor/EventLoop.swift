import CLinux
import Glibc
import Synchronization

/// Something on a loop that is told when a descriptor of its own is ready.
package protocol ReadinessTarget: AnyObject, Sendable {
  /// Called on the loop's thread.
  /// - Parameter token: what was given at registration.
  nonisolated func ready(_ token: UInt64, _ readiness: Readiness)
}

/// Something on a loop that is told when a timer of its own is due.
package protocol TimerTarget: AnyObject, Sendable {
  /// Called on the loop's thread.
  /// - Parameter token: what was given when the timer was set.
  nonisolated func timerFired(_ token: UInt64)
}

/// Something on a loop that acts once at the end of each turn: where many small writes become one.
package protocol TurnObserver: AnyObject, Sendable {
  /// Called on the loop's thread, after the turn's events, timers and jobs.
  nonisolated func turnEnded()
}

/// One thread, one epoll instance, and everything that lives on them: the executor of the actors that are bound to it.
///
/// A turn is: wait, tell the targets of ready descriptors, fire due timers, run the actors' jobs, tell the observers.
/// All methods but `enqueue`, `start`, `stop` and `join` belong to the loop's own thread.
package final class EventLoop: SerialExecutor, @unchecked Sendable {
  struct Registration {
    var target: (any ReadinessTarget)?
    var token: UInt64 = 0
    var generation: UInt32 = 0
  }

  struct Timer {
    let target: any TimerTarget
    let token: UInt64
  }

  let tasks = LoopTasks()

  private static let inboxToken = UInt64.max
  /// Jobs that enqueue jobs may not keep the loop from its descriptors: so many rounds of them a turn.
  private static let jobRounds = 16

  /// The loop's place among the loops of its process.
  package let index: Int

  let poller: Poller
  private let inbox: Inbox
  private let stopping = Atomic(false)
  private let threadID = Atomic<UInt>(0)
  private let processor: Int?

  var registrations: [Registration] = []
  var timers: TimerWheel<Timer>
  /// The timers that fire in this turn, in order; one that is cancelled by another is taken out.
  private var due: [(id: TimerID, timer: Timer?)] = []
  private var observers: [any TurnObserver] = []
  private var jobs: [LoopJob] = []
  private var running: [LoopJob] = []

  /// The present turn's instant, in milliseconds of the monotonic clock.
  package private(set) var now: UInt64

  /// - Parameters:
  ///   - index: the loop's place among its process's loops.
  ///   - processor: the processor that the loop's thread is pinned to, if any.
  package init(index: Int = 0, processor: Int? = nil) throws(SystemError) {
    self.index = index
    self.processor = processor
    now = Self.monotonicMilliseconds()
    timers = TimerWheel(now: now)
    inbox = try Inbox()
    poller = try Poller()
    try poller.add(inbox.descriptor, .readable, token: Self.inboxToken)
    tasks.loop = self
  }

  /// The monotonic clock, in milliseconds.
  package static func monotonicMilliseconds() -> UInt64 {
    monotonicNanoseconds() / 1_000_000
  }

  /// The monotonic clock, in nanoseconds.
  package static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  // MARK: Executor

  package func enqueue(_ job: consuming ExecutorJob) {
    take(LoopJob(job: UnownedJob(job), isOfTask: false))
  }

  func take(_ job: LoopJob) {
    if isCurrent { jobs.append(job) } else { inbox.leave(job) }
  }

  /// Whether the caller is on the loop's thread.
  package var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  package func checkIsolated() {
    precondition(isCurrent, "not on the loop's thread")
  }

  // MARK: Life

  /// Starts the loop's thread.
  package func start() {
    var thread = pthread_t()
    let loop = Unmanaged.passRetained(self).toOpaque()
    pthread_create(
      &thread, nil,
      { loop in
        if let loop { Unmanaged<EventLoop>.fromOpaque(loop).takeRetainedValue().run() }
        return nil
      }, loop)
    handle.store(UInt(thread), ordering: .releasing)
  }

  private let handle = Atomic<UInt>(0)

  /// Asks the loop to end after its present turn; from any thread.
  package func stop() {
    stopping.store(true, ordering: .releasing)
    inbox.wake()
  }

  /// Waits until the loop's thread has ended; from another thread.
  package func join() {
    let thread = handle.load(ordering: .acquiring)
    if thread != 0 { pthread_join(pthread_t(thread), nil) }
  }

  private func run() {
    threadID.store(UInt(pthread_self()), ordering: .relaxed)
    if let processor { _ = linux_pin_thread(Int32(processor)) }
    while !stopping.load(ordering: .acquiring) { turn() }
    threadID.store(0, ordering: .relaxed)
  }

  private func turn() {
    let events = poller.wait(timeout: timeout())
    now = Self.monotonicMilliseconds()
    for event in events { deliver(event) }
    fireTimers()
    runJobs()
    for observer in observers { observer.turnEnded() }
  }

  private func timeout() -> Int32 {
    if !jobs.isEmpty { return 0 }
    guard let deadline = timers.nextDeadline else { return -1 }
    let present = Self.monotonicMilliseconds()
    return deadline <= present ? 0 : Int32(min(deadline - present, 60_000))
  }

  private func deliver(_ event: linux_event) {
    if event.token == Self.inboxToken { return inbox.settle() }
    // An event that was fetched before its descriptor was closed and used again carries an old generation.
    let registration = registrations[Int(UInt32(truncatingIfNeeded: event.token))]
    guard registration.generation == UInt32(event.token >> 32), let target = registration.target else { return }
    target.ready(registration.token, Readiness(rawValue: event.events))
  }

  private func fireTimers() {
    timers.advance(to: now) { due.append(($0, $1)) }
    guard !due.isEmpty else { return }
    for place in due.indices {
      if let timer = due[place].timer.take() { timer.target.timerFired(timer.token) }
    }
    due.removeAll(keepingCapacity: true)
  }

  /// Ends a timer that has not fired yet; on the loop's own thread.
  package func cancel(_ id: TimerID) {
    guard timers.remove(id) == nil, let place = due.firstIndex(where: { $0.id == id }) else { return }
    due[place].timer = nil
  }

  private func runJobs() {
    // First what others have left: their wake-up is spent, so that it must not wait behind jobs that enqueue jobs.
    inbox.take(into: &jobs)
    for _ in 0..<Self.jobRounds {
      if jobs.isEmpty { inbox.take(into: &jobs) }
      if jobs.isEmpty { return }
      swap(&jobs, &running)
      for job in running { run(job) }
      running.removeAll(keepingCapacity: true)
    }
  }

  private func run(_ job: LoopJob) {
    if job.isOfTask {
      // As both executors at once, so that the task is on its actor already when it goes on.
      job.job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: tasks.asUnownedTaskExecutor())
    } else {
      job.job.runSynchronously(on: asUnownedSerialExecutor())
    }
  }

  /// Tells `observer` of the end of every turn from now on. Observers live as long as the loop.
  package func observe(_ observer: any TurnObserver) {
    observers.append(observer)
  }
}
