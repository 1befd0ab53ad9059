import Deflate
import SeededRandom
import Testing

@Suite struct DeflaterTests {
  @Test(arguments: [9, 12, 15], [1, 6, 9]) func messagesComeBack(bits: Int, level: Int) throws {
    var random = SeededGenerator("messagesComeBack \(bits) \(level)")
    for keepsContext in [false, true] {
      var deflater = Deflater(level: level, windowBits: bits)!
      var inflater = Inflater(windowBits: bits)!
      for index in 0..<60 {
        let message = random.message(upTo: index % 20 == 0 ? 300_000 : 3000)
        if !keepsContext {
          deflater.reset()
          inflater.reset()
        }
        let compressed = deflater.compress(message)
        #expect(compressed.suffix(4) != [0x00, 0x00, 0xFF, 0xFF] || compressed.count > 4)
        let plain = try inflater.message(compressed, pieces: Int.random(in: 1...5000, using: &random))
        #expect(plain == message)
      }
    }
  }

  @Test func withAContextTheSecondMessageIsSmaller() throws {
    var deflater = Deflater(level: 1, windowBits: 12)!
    let message = Array("{\"type\":\"message.delta\",\"offset\":1200,\"text\":\"word\"}".utf8)
    let first = deflater.compress(message)
    let second = deflater.compress(message)
    deflater.reset()
    let third = deflater.compress(message)
    #expect(second.count < first.count / 3 && third == first)
  }

  @Test func windowsHaveBounds() {
    for bits in [0, 7, 8, 16] {
      let deflater = Deflater(level: 1, windowBits: bits)
      let isNone = deflater == nil
      #expect(isNone)
    }
  }

  @Test func nothingOfTheOutputBeforeIsTouched() throws {
    var deflater = Deflater(level: 1, windowBits: 15)!
    var output: [UInt8] = [1, 2, 3]
    deflater.compress([UInt8](repeating: 7, count: 200_000).span.bytes, to: &output)
    var inflater = Inflater(windowBits: 15)!
    let plain = try inflater.message(Array(output[3...]))
    #expect(output[..<3] == [1, 2, 3] && plain == [UInt8](repeating: 7, count: 200_000))
  }
}
