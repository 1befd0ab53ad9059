import Glibc

/// Times, counted in classes: four to an octave, so that a time that is read from them is wrong by less than a fifth.
package struct LatencyClasses: Sendable, Equatable {
  package private(set) var counts: [Int: Int64] = [:]

  package init() {}

  /// - Parameter counts: of the classes from the first on.
  package init(_ counts: [Int64?]) {
    for (index, count) in counts.enumerated() { if let count, count > 0 { self.counts[index] = count } }
  }

  /// The class of a time in milliseconds.
  static func index(_ milliseconds: Int64) -> Int { Int(4 * log2(Double(max(0, milliseconds) + 1))) }

  /// The times of a class end before this, in milliseconds.
  static func end(_ index: Int) -> Double { exp2(Double(index + 1) / 4) - 1 }

  package mutating func add(_ milliseconds: Int64) { counts[Self.index(milliseconds), default: 0] += 1 }

  package mutating func add(_ other: LatencyClasses) {
    for (index, count) in other.counts { counts[index, default: 0] += count }
  }

  package var count: Int64 { counts.values.reduce(0, +) }

  /// The time within which a share of them stayed, in milliseconds; nil where there is none.
  package func quantile(_ share: Double) -> Int64? {
    let wanted = max(1, Int64((Double(count) * share).rounded(.up)))
    var seen: Int64 = 0
    for (index, count) in counts.sorted(by: { $0.key < $1.key }) {
      seen += count
      if seen >= wanted { return Int64(Self.end(index).rounded()) }
    }
    return nil
  }
}
