import Glibc

/// A small generator (SplitMix64) whose every run can be replayed: it prints its seed, and takes one from SKEIN_SEED.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// - Parameter test: printed with the seed.
  package init(_ test: String) {
    let given = getenv("SKEIN_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = given ?? UInt64.random(in: 1...1_000_000_000)
    print("\(test): SKEIN_SEED=\(seed)")
    state = seed
  }

  /// Prints nothing: for what is derived from another generator.
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
