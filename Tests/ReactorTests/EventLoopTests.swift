import Glibc
import Reactor
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventLoopTests {
  @Test func actorsRunOnTheLoopsThread() async throws {
    try await withLoop { actor in
      #expect(!actor.loop.isCurrent)
      #expect(await actor.run { $0.isCurrent })
      let other = LoopActor(actor.loop)
      #expect(await other.run { $0.isCurrent && $0.isIsolatingCurrentContext() == true })
      // Another actor of the same loop needs no hop: it is the same executor.
      #expect(await actor.run { _ in other.assumeIsolated { $0.loop.isCurrent } })
    }
  }

  @Test func everythingLeftByOtherThreadsIsRun() async throws {
    try await withLoop { actor in
      let tasks = (0..<50).map { _ in
        Task {
          var sum = 0
          for _ in 0..<200 { sum += await actor.run { _ in 1 } }
          return sum
        }
      }
      for task in tasks { #expect(await task.value == 200) }
    }
  }

  /// Jobs that go on and on for exactly a turn's rounds must not hide what another thread has left.
  @Test func workOfOtherThreadsIsNotLostBehindJobs() async throws {
    try await withLoop { actor in
      for length in 1...40 {
        let task = Task { await actor.chain(length) }
        for _ in 0..<20 { _ = await actor.run { _ in 0 } }
        await task.value
      }
    }
  }

  @Test func timersFireNotBeforeTheirTime() async throws {
    try await withLoop { actor in
      for delay: UInt64 in [0, 1, 2, 3, 5, 10, 20] + Array(repeating: 1, count: 30) {
        let begin = EventLoop.monotonicNanoseconds()
        #expect(await actor.sleep(milliseconds: delay))
        #expect(EventLoop.monotonicNanoseconds() - begin >= delay * 1_000_000)
      }
    }
  }

  @Test func timersFireInOrder() async throws {
    let diary = Diary()
    try await withLoop { actor in
      await actor.run { loop in
        let target = Target { diary.write("\($0)") }
        loop.schedule(after: 9, target: target, token: 3)
        loop.schedule(after: 1, target: target, token: 1)
        loop.schedule(after: 5, target: target, token: 2)
        let ended = loop.schedule(after: 3, target: target, token: 99)
        loop.cancel(ended)
      }
      while diary.all.count < 3 { _ = await actor.sleep(milliseconds: 1) }
      #expect(diary.all == ["1", "2", "3"])
    }
  }

  /// A timer that another one ends in the same turn does not fire, though both are due.
  @Test func aDueTimerCanStillBeCancelled() async throws {
    let fired = Diary()
    try await withLoop { actor in
      await actor.run { loop in
        let ids = Mutex<[TimerID]>([])
        let target = Target { token in
          fired.write("\(token)")
          for id in ids.withLock({ $0 }) { loop.cancel(id) }
        }
        for token: UInt64 in 0..<3 {
          let id = loop.schedule(after: 2, target: target, token: token)
          ids.withLock { $0.append(id) }
        }
        // Busy beyond their time, so that they are all due in one turn.
        let end = EventLoop.monotonicMilliseconds() + 5
        while EventLoop.monotonicMilliseconds() < end {}
      }
      _ = await actor.sleep(milliseconds: 5)
      #expect(fired.all.count == 1)
    }
  }

  @Test func cancellationEndsASleep() async throws {
    try await withLoop { actor in
      let task = Task { await actor.sleep(milliseconds: 3_600_000) }
      _ = await actor.sleep(milliseconds: 2)
      task.cancel()
      #expect(await task.value)
      // One that is cancelled before it begins does not wait either.
      let late = Task {
        while !Task.isCancelled { await Task.yield() }
        return await actor.sleep(milliseconds: 3_600_000)
      }
      late.cancel()
      #expect(await late.value)
    }
  }

  @Test func aTurnEndsAfterItsEventsTimersAndJobs() async throws {
    let diary = Diary()
    try await withLoop { actor in
      let pair = try Pair()
      try await actor.run { loop in
        loop.observe(Target { _ in if !diary.all.isEmpty { diary.write("first") } })
        loop.observe(Target { _ in if !diary.all.isEmpty { diary.write("second") } })
        try loop.register(
          pair.near.raw, for: .readable,
          target: Target { _ in
            guard !diary.all.contains("event") else { return }
            diary.write("event")
            Task { await actor.run { _ in diary.write("job") } }
          }, token: 1)
        loop.schedule(after: 1, target: Target { _ in diary.write("timer") })
        let end = EventLoop.monotonicMilliseconds() + 4
        while EventLoop.monotonicMilliseconds() < end {}
        pair.poke()
      }
      while diary.all.count < 5 { _ = await actor.run { _ in 0 } }
      let turn = diary.all
      // The poke and the timer are both due when the next turn begins; its end is told to each observer in order.
      #expect(turn.prefix(2).sorted() == ["event", "timer"] && turn.first == "event", "\(turn)")
      let end = try #require(turn.firstIndex(of: "first"))
      #expect(end >= 2 && turn[end + 1] == "second", "\(turn)")
      await actor.run { $0.deregister(pair.near.raw) }
    }
  }

  @Test func aStaleEventForAReusedDescriptorIsDropped() async throws {
    let diary = Diary()
    try await withLoop { actor in
      let (one, two, quiet) = (try Pair(), try Pair(), try Pair())
      try await actor.run { loop in
        for (token, pair) in [(UInt64(1), one), (2, two)] {
          let other = token == 1 ? two : one
          let target = Target { [quiet] _ in
            guard diary.all.isEmpty else { return diary.write("again") }
            diary.write("event")
            // The other's event was fetched in the same wait. Its descriptor is closed, its number is used again, and
            // registered for something that is never readable.
            loop.deregister(other.near.raw)
            dup2(quiet.near.raw, other.near.raw)
            let stale = Target { _ in diary.write("stale") }
            do {
              try loop.register(other.near.raw, for: .readable, target: stale, token: 3)
            } catch {
              diary.write("\(error)")
            }
            loop.deregister(pair.near.raw)
          }
          try loop.register(pair.near.raw, for: .readable, target: target, token: token)
        }
        one.poke()
        two.poke()
      }
      for _ in 0..<5 { _ = await actor.sleep(milliseconds: 1) }
      #expect(diary.all == ["event"])
      // The new registration works.
      quiet.poke()
      while diary.all.count < 2 { _ = await actor.sleep(milliseconds: 1) }
      #expect(diary.all[1] == "stale")
      await actor.run { loop in
        loop.deregister(one.near.raw)
        loop.deregister(two.near.raw)
      }
    }
  }

  @Test func noEventAfterDeregistration() async throws {
    let diary = Diary()
    try await withLoop { actor in
      let pair = try Pair()
      try await actor.run { loop in
        try loop.register(pair.near.raw, for: .readable, target: Target { _ in diary.write("event") }, token: 1)
        pair.poke()
        loop.deregister(pair.near.raw)
        // Twice does no harm.
        loop.deregister(pair.near.raw)
      }
      for _ in 0..<3 { _ = await actor.sleep(milliseconds: 1) }
      #expect(diary.all == [])
    }
  }

  @Test func registeringANumberThatIsNotOpenFails() async throws {
    try await withLoop { actor in
      await #expect(throws: SystemError.self) {
        try await actor.run { loop in
          try loop.register(100_000, for: .readable, target: Target { _ in }, token: 1)
        }
      }
    }
  }

  @Test func aGroupRunsAsManyLoopsAsItIsAskedFor() async throws {
    let group = try LoopGroup(count: 3)
    #expect(group.loops.map(\.index) == [0, 1, 2])
    for loop in group.loops { #expect(await LoopActor(loop).run { $0.isCurrent }) }
    group.stop()
    group.join()
  }
}

/// Two ends of a connection.
final class Pair: Sendable {
  let near: Descriptor
  private let far: Descriptor

  init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw SystemError("socketpair") }
    near = Descriptor(owning: ends[0])
    far = Descriptor(owning: ends[1])
  }

  /// Makes the near end readable.
  func poke() { _ = write(far.raw, "x", 1) }
}
