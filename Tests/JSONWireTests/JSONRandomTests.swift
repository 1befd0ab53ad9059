import JSONWire
import SeededRandom
import Testing

/// Random texts: only what must hold for every input is checked.
@Suite struct JSONRandomTests {
  static func randomValue(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .int(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random))
    case 3: return .double(Double.random(in: -1e6...1e6, using: &random))
    case 4: return .string(randomText(&random))
    case 5:
      return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in randomValue(&random, depth: depth - 1) })
    default:
      let members = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
        (randomText(&random), randomValue(&random, depth: depth - 1))
      }
      return .object(JSONObject(members))
    }
  }

  static func randomText(_ random: inout SeededGenerator) -> String {
    let alphabet: [Unicode.Scalar] = ["a", "b", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "é", "€", "😀", "\u{2028}"]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<20, using: &random) {
      text.append(alphabet.randomElement(using: &random) ?? "x")
    }
    return String(text)
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var random = SeededGenerator("whatIsWrittenIsReadAgain")
    for _ in 0..<2000 {
      let value = Self.randomValue(&random, depth: 4)
      let bytes = value.bytes
      #expect(try JSONValue(parsing: bytes) == value)
      #expect(try JSONReaderTests.skip(bytes) == 0..<bytes.count)
    }
  }

  @Test func skippingAndReadingJudgeAlike() {
    var random = SeededGenerator("skippingAndReadingJudgeAlike")
    let noise = Array("{}[]\",:\\0123456789eE+-.truefalsn \t\u{0}u".utf8)
    for _ in 0..<20_000 {
      var bytes = Self.randomValue(&random, depth: 3).bytes
      for _ in 0..<Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.insert(noise.randomElement(using: &random) ?? 0, at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        default: break
        }
      }
      let skipped = Result { () throws(JSONError) in try JSONReaderTests.skip(bytes) }
      let parsed = Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
      switch (skipped, parsed) {
      case (.success, .success(let value)):
        #expect((try? JSONValue(parsing: value.bytes)) == value)
      case (.failure(let left), .failure(let right)):
        #expect(left == right, "\(bytes)")
        #expect(left.offset <= bytes.count)
      default:
        Issue.record("judged differently: \(bytes)")
      }
    }
  }
}
