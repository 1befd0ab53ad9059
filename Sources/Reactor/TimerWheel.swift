/// Names a timer that was set; it stays unique when the timer's place is used again.
package struct TimerID: Hashable, Sendable {
  fileprivate let index: Int32
  fileprivate let generation: UInt32
}

/// Timers by the millisecond in a hierarchy of wheels: setting, ending and firing one take constant time however many
/// wait (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", scheme 7).
///
/// Time is whatever the caller says it is, so tests drive it by hand.
package struct TimerWheel<Payload> {
  private struct Entry {
    var payload: Payload?
    var deadline: UInt64 = 0
    var previous: Int32 = none
    var next: Int32 = none
    var bucket: Int32 = none
    var generation: UInt32 = 0
  }

  private static var none: Int32 { -1 }
  private static var levels: Int { 6 }
  private static var bits: UInt64 { 6 }
  private static var slots: Int { 64 }

  private var entries: [Entry] = []
  private var free: [Int32] = []
  private var buckets: [Int32]
  /// For each level, a bit for each slot that holds a timer.
  private var occupied: [UInt64]
  /// All timers before this instant have fired.
  private var now: UInt64

  /// How many timers wait.
  package private(set) var count = 0

  /// - Parameter now: the present instant in milliseconds.
  package init(now: UInt64) {
    self.now = now
    buckets = Array(repeating: Self.none, count: Self.levels * Self.slots)
    occupied = Array(repeating: 0, count: Self.levels)
  }

  /// Sets a timer.
  /// - Parameter deadline: in milliseconds; one in the past fires at the next advance.
  package mutating func insert(_ payload: Payload, at deadline: UInt64) -> TimerID {
    let index: Int32
    if let reused = free.popLast() {
      index = reused
    } else {
      index = Int32(entries.count)
      entries.append(Entry())
    }
    entries[Int(index)].payload = payload
    entries[Int(index)].deadline = max(deadline, now)
    link(index)
    count += 1
    return TimerID(index: index, generation: entries[Int(index)].generation)
  }

  /// Ends a timer before it fires. Returns its payload, or nil where it has fired or ended already.
  @discardableResult
  package mutating func remove(_ id: TimerID) -> Payload? {
    guard entries.indices.contains(Int(id.index)), entries[Int(id.index)].generation == id.generation,
      entries[Int(id.index)].payload != nil
    else { return nil }
    unlink(id.index)
    return release(id.index)
  }

  /// The instant at which `advance` has something to do next: a deadline, or an earlier instant at which timers move to
  /// a finer wheel. Nil where no timer waits.
  package var nextDeadline: UInt64? {
    guard count > 0 else { return nil }
    var best = UInt64.max
    for level in 0..<Self.levels where occupied[level] != 0 {
      let shift = UInt64(level) * Self.bits
      let current = (now >> shift) & 63
      let rotated = rotate(occupied[level], by: current)
      let distance = UInt64(rotated.trailingZeroBitCount)
      best = min(best, max(now, ((now >> shift) + distance) << shift))
    }
    return best
  }

  /// Moves time forward and hands out every timer that is due, in the order of their deadlines.
  package mutating func advance(to instant: UInt64, _ fire: (TimerID, Payload) -> Void) {
    while let next = nextDeadline, next <= instant {
      now = next
      cascade()
      for index in take(level: 0, slot: Int(now & 63)) {
        let id = TimerID(index: index, generation: entries[Int(index)].generation)
        if let payload = release(index) { fire(id, payload) }
      }
      now += 1
    }
    now = max(now, instant)
    cascade()
  }

  /// Timers of a coarse slot that time has entered belong into finer wheels.
  private mutating func cascade() {
    for level in stride(from: Self.levels - 1, through: 1, by: -1) {
      let slot = Int((now >> (UInt64(level) * Self.bits)) & 63)
      guard occupied[level] & (1 << UInt64(slot)) != 0 else { continue }
      for index in take(level: level, slot: slot) { link(index) }
    }
  }

  private func rotate(_ bits: UInt64, by count: UInt64) -> UInt64 {
    count == 0 ? bits : (bits >> count) | (bits << (64 - count))
  }

  private mutating func link(_ index: Int32) {
    let deadline = entries[Int(index)].deadline
    // The finest level at which the deadline lies within one turn of the wheel.
    var level = 0
    while level < Self.levels - 1, (deadline >> (UInt64(level) * Self.bits)) - (now >> (UInt64(level) * Self.bits)) > 63
    {
      level += 1
    }
    let shift = UInt64(level) * Self.bits
    // Beyond the widest wheel: as far as it reaches; it is placed again from there.
    let tick = min(deadline >> shift, (now >> shift) + 63)
    let slot = Int(tick & 63)
    let bucket = Int32(level * Self.slots + slot)
    let head = buckets[Int(bucket)]
    entries[Int(index)].bucket = bucket
    entries[Int(index)].previous = Self.none
    entries[Int(index)].next = head
    if head != Self.none { entries[Int(head)].previous = index }
    buckets[Int(bucket)] = index
    occupied[level] |= 1 << UInt64(slot)
  }

  private mutating func unlink(_ index: Int32) {
    let entry = entries[Int(index)]
    if entry.previous != Self.none {
      entries[Int(entry.previous)].next = entry.next
    } else {
      buckets[Int(entry.bucket)] = entry.next
      if entry.next == Self.none {
        occupied[Int(entry.bucket) / Self.slots] &= ~(1 << UInt64(Int(entry.bucket) % Self.slots))
      }
    }
    if entry.next != Self.none { entries[Int(entry.next)].previous = entry.previous }
  }

  /// Empties a slot and returns its timers in the order in which they were set.
  private mutating func take(level: Int, slot: Int) -> [Int32] {
    guard occupied[level] & (1 << UInt64(slot)) != 0 else { return [] }
    var taken: [Int32] = []
    var index = buckets[level * Self.slots + slot]
    while index != Self.none {
      taken.append(index)
      index = entries[Int(index)].next
    }
    buckets[level * Self.slots + slot] = Self.none
    occupied[level] &= ~(1 << UInt64(slot))
    return taken.reversed()
  }

  private mutating func release(_ index: Int32) -> Payload? {
    let payload = entries[Int(index)].payload.take()
    entries[Int(index)].generation &+= 1
    free.append(index)
    count -= 1
    return payload
  }
}
