import HTTPWire
import SeededRandom
import Testing

/// Random streams: only what must hold for every input is checked.
@Suite struct HTTPRandomTests {
  @Test func theSplittingChangesNothing() {
    var random = SeededGenerator("theSplittingChangesNothing")
    let noise = Array("\r\n\t :;,/?%#*0123456789abcdefxGETHOSTchunked\u{0}\u{7F}".utf8) + [0x80, 0xFF]
    var limits = HTTPLimits()
    limits.requestLineBytes = 100
    limits.headerBytes = 300
    limits.bodyBytes = 40
    for _ in 0..<10_000 {
      var bytes = Array((HTTPRequestParserTests.streams.randomElement(using: &random)?.0 ?? "").utf8)
      for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(noise.randomElement(using: &random) ?? 0, at: place)
        case 1: bytes.remove(at: place)
        case 2: bytes[place] = noise.randomElement(using: &random) ?? 0
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
        }
      }
      let whole = parse([bytes], limits: limits)
      #expect(parse(bytewise(bytes), limits: limits) == whole || whole.status == 413)
      var pieces: [[UInt8]] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 1..<50, using: &random))
        pieces.append(Array(bytes[start..<end]))
        start = end
      }
      let split = parse(pieces, limits: limits)
      #expect(split.status == whole.status && split.requests.map(\.line) == whole.requests.map(\.line), "\(bytes)")
      // How much of an oversized body is handed out before the error depends on the pieces.
      if whole.status != 413 { #expect(split == whole) }
    }
  }
}
