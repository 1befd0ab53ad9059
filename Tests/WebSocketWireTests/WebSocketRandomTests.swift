import SeededRandom
import Testing
import WebSocketWire

/// Random streams: only what must hold for every input is checked.
@Suite struct WebSocketRandomTests {
  static func stream(_ random: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1..<6, using: &random) {
      let opcode = [WebSocketOpcode.text, .binary, .continuation, .ping, .pong, .close].randomElement(using: &random)
      let count = [0, 1, 5, 30, 125, 126, 300].randomElement(using: &random) ?? 0
      let isText = Bool.random(using: &random)
      let payload = (0..<count).map { _ in isText ? UInt8(ascii: "a") : UInt8.random(in: 0...255, using: &random) }
      bytes += frame(
        opcode ?? .text, payload, fin: Int.random(in: 0..<3, using: &random) > 0,
        key: UInt32.random(in: 0 ... .max, using: &random))
    }
    return bytes
  }

  @Test func theSplittingChangesNothing() {
    var random = SeededGenerator("theSplittingChangesNothing")
    for _ in 0..<3000 {
      var bytes = Self.stream(&random)
      for _ in 0..<Int.random(in: 0..<3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let whole = decode([bytes], limit: 400)
      var pieces: [[UInt8]] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 1..<40, using: &random))
        pieces.append(Array(bytes[start..<end]))
        start = end
      }
      let split = decode(pieces, limit: 400)
      #expect(split.events == whole.events && split.error?.closeCode == whole.error?.closeCode)
      let single = decode(bytewise(bytes), limit: 400)
      #expect(single.events == whole.events && single.error?.closeCode == whole.error?.closeCode)
    }
  }
}
