import Glibc
import LoadKit

/// The course of a measurement: all engines wait for each other, then comes a time that does not count, then the time
/// that does, and, where that is asked for, one in which the server's system calls are counted.
struct MeasuredWindow {
  enum Phase {
    case opening, waiting, warming, measuring, counting, over
  }

  /// What begins now.
  enum Step {
    case load, measure, count, end
  }

  private(set) var phase = Phase.opening
  private let gate: LoadGate
  private let warmth: UInt64
  private let length: UInt64
  private let process: Int32?
  private var phaseBegan: UInt64 = 0
  private var before = ProcessUsage()
  private var ownBefore = ProcessUsage()
  private let countsCalls: Bool
  private var counter: SystemCallCounter?
  private(set) var result = WindowResult()

  /// - Parameters:
  ///   - process: the server, whose use of the processor is read.
  ///   - countsCalls: whether its system calls are counted, for another half of a second, as far as that can be.
  init(gate: LoadGate, warm: Double, seconds: Double, process: Int32?, countsCalls: Bool = false) {
    self.countsCalls = countsCalls
    self.gate = gate
    self.process = process
    warmth = UInt64(warm * 1e9)
    length = UInt64(seconds * 1e9)
  }

  var isMeasuring: Bool { phase == .measuring }
  var isCounting: Bool { phase == .counting }
  var isOver: Bool { phase == .over }

  /// This engine's clients are ready.
  mutating func arrive() {
    phase = .waiting
    gate.arrive()
  }

  /// - Parameter now: in nanoseconds.
  mutating func advance(_ now: UInt64) -> Step? {
    switch phase {
    case .waiting where gate.isOpen:
      (phase, phaseBegan) = (.warming, now)
      return .load
    case .warming where now >= phaseBegan + warmth:
      (phase, phaseBegan) = (.measuring, now)
      before = process.flatMap { ProcessUsage(of: $0) } ?? before
      ownBefore = ProcessUsage(of: getpid()) ?? ownBefore
      return .measure
    case .measuring where now >= phaseBegan + length:
      end(now)
      if countsCalls { counter = process.flatMap { SystemCallCounter(process: $0) } }
      (phase, phaseBegan) = (.counting, now)
      return .count
    case .counting where counter == nil || now >= phaseBegan + 500_000_000:
      phase = .over
      result.systemCalls = counter?.count
      counter = nil
      return .end
    default: return nil
    }
  }

  /// The measured time ends, before it would by itself where this is called for it.
  mutating func end(_ now: UInt64) {
    guard phase == .measuring else { return }
    result.seconds = Double(now - phaseBegan) / 1e9
    result.usage = process.flatMap { ProcessUsage(of: $0) }?.since(before)
    result.own = ProcessUsage(of: getpid())?.since(ownBefore)
  }
}

/// What a measured time has cost.
struct WindowResult: Sendable {
  var seconds = 0.0
  /// The server's use of the processor.
  var usage: ProcessUsage?
  /// Our own.
  var own: ProcessUsage?
  /// The server's, while they were counted.
  var systemCalls: UInt64?

  /// Adds what another time has cost.
  mutating func add(_ other: WindowResult) {
    seconds += other.seconds
    usage = Self.sum(usage, other.usage)
    own = Self.sum(own, other.own)
    systemCalls = systemCalls.map { $0 + (other.systemCalls ?? 0) } ?? other.systemCalls
  }

  private static func sum(_ one: ProcessUsage?, _ other: ProcessUsage?) -> ProcessUsage? {
    guard var sum = one, let other else { return one ?? other }
    sum.add(other)
    return sum
  }

  /// Shares of one processor; what the server has started is the embedded PostgreSQL.
  var figures: [Figure] {
    var figures: [Figure] = []
    if let usage {
      figures.append(Figure("server, of one processor", Format.percent(usage.seconds / seconds)))
      if usage.descendants > 0 {
        figures.append(Figure("PostgreSQL, of one processor", Format.percent(usage.descendants / seconds)))
      }
    }
    if let own { figures.append(Figure("generator, of one processor", Format.percent(own.seconds / seconds))) }
    return figures
  }
}
