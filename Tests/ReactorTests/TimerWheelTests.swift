import Reactor
import SeededRandom
import Testing

@Suite struct TimerWheelTests {
  /// Against a plain list: never early, never late, never twice, in the order of the deadlines.
  @Test(arguments: 0..<6) func doesWhatAPlainListDoes(_ lane: Int) {
    var random = SeededGenerator("timer wheel, lane \(lane)", salt: UInt64(lane))
    var now = UInt64.random(in: 0...1 << 40, using: &random)
    var wheel = TimerWheel<Int>(now: now)
    var waiting: [Int: (id: TimerID, deadline: UInt64)] = [:]
    var gone: [TimerID] = []
    var names = 0
    // The reach of each wheel, and beyond the widest.
    let spans: [UInt64] = [1, 63, 64, 100, 4095, 4096, 300_000, 1 << 24, 1 << 35, 1 << 36, 1 << 38]
    for _ in 0..<6000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let span = spans[Int.random(in: 0..<spans.count, using: &random)]
        let deadline = now &+ UInt64.random(in: 0...span, using: &random)
        // Sometimes many at one instant, sometimes one that is long past.
        for _ in 0..<(Int.random(in: 0..<8, using: &random) == 0 ? 5 : 1) {
          let past = Int.random(in: 0..<12, using: &random) == 0 ? now / 2 : deadline
          waiting[names] = (wheel.insert(names, at: past), past)
          names += 1
        }
      case 5, 6:
        if let name = waiting.keys.min(), let timer = waiting.removeValue(forKey: name) {
          #expect(wheel.remove(timer.id) == name)
          gone.append(timer.id)
        }
        // An id that is used up ends nothing, even where its place is taken again.
        if let old = gone.randomElement(using: &random) { #expect(wheel.remove(old) == nil) }
      default:
        let step = spans[Int.random(in: 0..<spans.count, using: &random)]
        let instant = now + 1 + UInt64.random(in: 0...step, using: &random)
        // What `nextDeadline` promises: nothing is due before it.
        let earliest = waiting.values.map(\.deadline).min()
        #expect((wheel.nextDeadline == nil) == (earliest == nil))
        if let earliest, let next = wheel.nextDeadline { #expect(next <= max(earliest, now + 1)) }
        var fired: [Int] = []
        wheel.advance(to: instant) { _, name in fired.append(name) }
        let due = waiting.filter { $0.value.deadline <= instant }
        #expect(Set(fired) == Set(due.keys) && fired.count == due.count)
        let deadlines = fired.compactMap { due[$0].map { max($0.deadline, now) } }
        #expect(zip(deadlines, deadlines.dropFirst()).allSatisfy { $0 <= $1 + 1 })
        for name in fired {
          if let timer = waiting.removeValue(forKey: name) { gone.append(timer.id) }
        }
        now = instant
      }
      #expect(wheel.count == waiting.count)
      if gone.count > 200 { gone.removeFirst(100) }
    }
    var rest: [Int] = []
    wheel.advance(to: now + 1 << 41) { _, name in rest.append(name) }
    #expect(Set(rest) == Set(waiting.keys) && wheel.count == 0 && wheel.nextDeadline == nil)
  }

  @Test(arguments: [0, 1, 63, 64, 65, 4095, 4096, 262_144, 1 << 30, 1 << 36, 1 << 36 + 1, 1 << 50] as [UInt64])
  func firesAtItsInstantAndNotBefore(_ delay: UInt64) {
    for start: UInt64 in [0, 1, 63, 64, 4095, 1 << 36 - 1] {
      var wheel = TimerWheel<String>(now: start)
      var fired: [String] = []
      _ = wheel.insert("a", at: start + delay)
      if delay > 0 { wheel.advance(to: start + delay - 1) { fired.append($1) } }
      #expect(fired.isEmpty)
      wheel.advance(to: start + delay) { fired.append($1) }
      #expect(fired == ["a"])
    }
  }

  /// Waiting for `nextDeadline` again and again comes to the timer, in few steps.
  @Test(arguments: [5, 5000, 5_000_000, 1 << 36, 1 << 40] as [UInt64])
  func nextDeadlineLeadsThere(_ delay: UInt64) {
    var wheel = TimerWheel<Int>(now: 1000)
    _ = wheel.insert(7, at: 1000 + delay)
    var fired: [Int] = []
    var steps = 0
    var last: UInt64 = 0
    while let next = wheel.nextDeadline, steps < 10_000 {
      #expect(next <= 1000 + delay)
      last = next
      wheel.advance(to: next) { fired.append($1) }
      steps += 1
    }
    #expect(fired == [7] && last == 1000 + delay && steps < 200)
  }

  @Test func timersOfOneInstantFireInTheOrderInWhichTheyWereSet() {
    var wheel = TimerWheel<Int>(now: 0)
    for name in 0..<100 { _ = wheel.insert(name, at: 50) }
    var fired: [Int] = []
    wheel.advance(to: 50) { fired.append($1) }
    #expect(fired == Array(0..<100))
  }

  @Test func anIDIsNotReused() {
    var wheel = TimerWheel<Int>(now: 0)
    let first = wheel.insert(1, at: 10)
    #expect(wheel.remove(first) == 1)
    let second = wheel.insert(2, at: 10)
    #expect(wheel.remove(first) == nil)
    #expect(first != second)
    var fired: [TimerID] = []
    wheel.advance(to: 10) { id, _ in fired.append(id) }
    #expect(fired == [second])
    #expect(wheel.remove(second) == nil)
  }
}
