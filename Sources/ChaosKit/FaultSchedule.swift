/// Something that is done to a process of the system, and undone after a while.
package struct PlannedFault: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// SIGKILL; then it is started again.
    case nodeKill = "node killed"
    /// SIGTERM; then it is started again.
    case nodeStop = "node restarted"
    /// SIGSTOP; then SIGCONT.
    case nodePause = "node paused"
    /// SIGKILL for every process of PostgreSQL; then it is started again and recovers.
    case databaseKill = "PostgreSQL killed"
    /// A fast shutdown; then it is started again.
    case databaseRestart = "PostgreSQL restarted"
    /// SIGSTOP for every process of PostgreSQL; then SIGCONT.
    case databasePause = "PostgreSQL paused"

    /// How many of them ten minutes have.
    var rate: Double {
      switch self {
      case .nodeKill: 64
      case .nodeStop: 14
      case .nodePause: 20
      case .databaseKill: 14
      case .databaseRestart: 5
      case .databasePause: 8
      }
    }

    /// How long it lasts, in milliseconds.
    var durations: ClosedRange<Int> {
      switch self {
      case .nodeKill, .nodeStop: 1...2_500
      case .nodePause, .databasePause: 100...9_000
      case .databaseKill: 1...3_000
      case .databaseRestart: 1...1_500
      }
    }

    var isOfNode: Bool { [.nodeKill, .nodeStop, .nodePause].contains(self) }
  }

  package let kind: Kind
  /// Which node; nil for the database.
  package let node: Int?
  /// When it begins and how long it lasts, in milliseconds.
  package var at: Int
  package var duration: Int

  package var end: Int { at + duration }
}

/// The faults of a run. Those of one process follow each other, those of different ones overlap.
package struct FaultSchedule: Sendable, Equatable {
  /// In the order of their beginnings.
  package let faults: [PlannedFault]

  /// At least one of each kind; else as many as the time is long.
  /// - Parameter milliseconds: of the whole run.
  package init(milliseconds: Int, nodes: Int, using generator: inout some RandomNumberGenerator) {
    var planned: [PlannedFault] = []
    for isOfNode in [true, false] {
      var kinds: [PlannedFault.Kind] = []
      for kind in PlannedFault.Kind.allCases where kind.isOfNode == isOfNode {
        let count = (kind.rate * Double(milliseconds) / 600_000).rounded()
        kinds += Array(repeating: kind, count: max(1, Int(count)))
      }
      kinds.shuffle(using: &generator)
      let targets = isOfNode ? nodes : 1
      for target in 0..<targets {
        let own = stride(from: target, to: kinds.count, by: targets).map { kinds[$0] }
        planned += Self.plan(own, node: isOfNode ? target : nil, milliseconds, using: &generator)
      }
    }
    faults = planned.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }

  /// Places the faults of one process, each with some time before it.
  private static func plan(
    _ kinds: [PlannedFault.Kind], node: Int?, _ milliseconds: Int, using generator: inout some RandomNumberGenerator
  ) -> [PlannedFault] {
    // Most are short; squared, so that long ones are there as well.
    var durations = kinds.map { kind in
      let share = Double.random(in: 0...1, using: &generator)
      return kind.durations.lowerBound
        + Int(Double(kind.durations.upperBound - kind.durations.lowerBound) * share * share)
    }
    // In a short run too the process is up most of the time.
    let total = durations.reduce(0, +)
    let most = milliseconds / 5
    if total > most { durations = durations.map { max(1, $0 * most / total) } }
    let gaps = kinds.indices.map { _ in Double.random(in: 0.1...1, using: &generator) }
    let rest = Double.random(in: 0.1...1, using: &generator)
    let free = Double(milliseconds - durations.reduce(0, +)) / (gaps.reduce(0, +) + rest)
    var time = 0
    return kinds.indices.map { index in
      time += Int(gaps[index] * free)
      defer { time += durations[index] }
      return PlannedFault(kind: kinds[index], node: node, at: time, duration: durations[index])
    }
  }
}
