import Deflate
import SeededRandom
import Testing

@Suite struct InflaterTests {
  struct Example: CustomTestStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]
    var plain: String
    var testDescription: String { name }
  }

  // RFC 7692 section 7.2.3.
  static let examples = [
    Example(name: "fixed codes", bytes: [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], plain: "Hello"),
    Example(
      name: "not compressed", bytes: [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
      plain: "Hello"),
    Example(
      name: "a final block", bytes: [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], plain: "Hello"),
    Example(
      name: "two blocks",
      bytes: [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00], plain: "Hello"),
    Example(name: "empty, as a block", bytes: [0x00], plain: ""),
    Example(name: "empty, as nothing", bytes: [], plain: ""),
    Example(name: "a final block at the end", bytes: [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], plain: "Hello"),
  ]

  @Test(arguments: examples) func theExamplesOfTheStandard(example: Example) throws {
    var inflater = Inflater(windowBits: 15)!
    for pieces in [1, 2, 5, 6, 100] {
      let plain = try inflater.message(example.bytes, pieces: pieces)
      #expect(plain == Array(example.plain.utf8))
      inflater.reset()
    }
  }

  @Test func theWindowGoesOn() throws {
    // Section 7.2.3.2: the second message refers to the first.
    let first: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    let second: [UInt8] = [0xF2, 0x00, 0x11, 0x00, 0x00]
    var inflater = Inflater(windowBits: 15)!
    let both = [try inflater.message(first), try inflater.message(second)]
    #expect(both == [Array("Hello".utf8), Array("Hello".utf8)])

    // Also behind a final block.
    let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]
    inflater.reset()
    _ = try inflater.message(final)
    let again = try inflater.message(second)
    #expect(again == Array("Hello".utf8))

    inflater.reset()
    #expect(throws: InflateError.self) { try inflater.message(second) }
  }

  static let broken: [[UInt8]] = [
    [0x06],  // a reserved kind of block
    [0x00, 0x05, 0x00, 0x00, 0x00],  // a length that differs from its complement
    [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48],  // cut off within a stored block, which the tail would fill
    [0x00, 0x04, 0x00, 0xFB, 0xFF, 0x48],
    [0xF2, 0x48, 0xCD],  // cut off within a coded block
    [0xFF, 0xFF, 0xFF, 0xFF],
    [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x06],  // broken behind a final block
  ]

  @Test(arguments: broken) func whatIsBrokenIsAnError(bytes: [UInt8]) throws {
    var inflater = Inflater(windowBits: 15)!
    #expect(throws: InflateError.self) { try inflater.message(bytes) }
  }

  @Test func windowsHaveBounds() {
    for bits in [-1, 0, 7, 16, 31] {
      let inflater = Inflater(windowBits: bits)
      let isNone = inflater == nil
      #expect(isNone)
    }
  }

  @Test func noiseNeverCrashes() throws {
    var random = SeededGenerator("noiseNeverCrashes")
    var inflater = Inflater(windowBits: 15)!
    var deflater = Deflater(level: 6, windowBits: 15)!
    for _ in 0..<1500 {
      inflater.reset()
      deflater.reset()
      var bytes = deflater.compress(random.message(upTo: 300))
      for _ in 0..<Int.random(in: 1..<4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let plain = try? inflater.message(bytes, pieces: 4096)
      // DEFLATE makes at most 1032 bytes of one.
      #expect((plain?.count ?? 0) <= 1032 * (bytes.count + 4))
    }
  }
}
