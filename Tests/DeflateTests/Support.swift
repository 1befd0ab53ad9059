import Deflate
import Glibc

/// A small generator (SplitMix64) whose every run can be replayed: it prints its seed, and takes one from SKEIN_SEED.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ test: String) {
    let given = getenv("SKEIN_SEED").flatMap { UInt64(String(cString: $0)) }
    state = given ?? UInt64.random(in: 1...1_000_000_000)
    print("\(test): SKEIN_SEED=\(state)")
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Bytes of some entropy, from none to all.
  mutating func message(upTo most: Int) -> [UInt8] {
    let letters = UInt8.random(in: 0...255, using: &self)
    let word = (0..<Int.random(in: 1...40, using: &self)).map { _ in UInt8.random(in: 0...letters, using: &self) }
    var bytes: [UInt8] = []
    let count = Int.random(in: 1...most, using: &self)
    while bytes.count < count {
      bytes += Bool.random(using: &self) ? word : [UInt8.random(in: 0...letters, using: &self)]
    }
    return Array(bytes[..<count])
  }
}

extension Deflater {
  mutating func compress(_ message: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    compress(message.span.bytes, to: &output)
    return output
  }
}

extension Inflater {
  /// The whole message, read in pieces of a size.
  mutating func message(_ bytes: [UInt8], pieces: Int = 1000) throws -> [UInt8] {
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: pieces, alignment: 1)
    defer {
      source.deallocate()
      room.deallocate()
    }
    source.copyBytes(from: bytes)
    begin(UnsafeRawBufferPointer(source))
    var output: [UInt8] = []
    while true {
      let count = try read(into: room)
      if count == 0 { return output }
      output += room[..<count]
    }
  }
}
