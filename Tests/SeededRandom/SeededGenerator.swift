import Glibc

/// A small generator (SplitMix64) whose every run can be replayed: it prints its seed, and takes one from SKEIN_SEED.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  /// What replays the run.
  package let seed: UInt64

  /// - Parameters:
  ///   - test: what the seed is printed for.
  ///   - salt: what tells tests apart that run from the same seed.
  package init(_ test: String, salt: UInt64 = 0) {
    let given = getenv("SKEIN_SEED").flatMap { UInt64(String(cString: $0)) }
    seed = given ?? UInt64.random(in: 1...1_000_000_000)
    print("\(test): SKEIN_SEED=\(seed)")
    state = seed &+ salt &* 0x1234_5678_9ABC_DEF1
  }

  /// Prints nothing: for what is derived from another generator.
  package init(seed: UInt64) { (self.seed, state) = (seed, seed) }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
