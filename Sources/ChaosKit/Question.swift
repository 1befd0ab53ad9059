import JSONWire

/// A message that a client sends, and the answer that the script agent has to give to it.
package struct Question: Sendable, Equatable {
  /// Its message's id, a UUID.
  package let id: String
  package let content: String
  /// The whole answer, as UTF-8.
  package let answer: [UInt8]
  /// What is to be done where an answer is being made; nil for the protocol's default.
  package let whenBusy: String?

  /// Takes all from the generator.
  package static func random(using generator: inout some RandomNumberGenerator) -> Question {
    let id = uuid(using: &generator)
    let whenBusy: String? =
      switch Int.random(in: 0..<100, using: &generator) {
      case ..<8: "interrupt"
      case ..<16: "reject"
      case ..<20: "queue"
      default: nil
      }
    let (content, answer) =
      switch Int.random(in: 0..<100, using: &generator) {
      case 0: long(using: &generator)
      case ..<10: plain(using: &generator)
      default: text(using: &generator)
      }
    return Question(id: id, content: content, answer: Array(answer.utf8), whenBusy: whenBusy)
  }

  /// A version 4 UUID in its canonical form.
  package static func uuid(using generator: inout some RandomNumberGenerator) -> String {
    let high = generator.next() & ~0xF000 | 0x4000
    let low = generator.next() & ~(3 << 62) | 2 << 62
    let digits = Array((hex(high) + hex(low)).utf8)
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return groups.map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  // MARK: What is asked for

  private static func text(using generator: inout some RandomNumberGenerator) -> (String, String) {
    let pieces = [0, 1, 5, 40, 150, 600].randomElement(using: &generator) ?? 1
    let text = RandomText.make(pieces: Int.random(in: 0...pieces, using: &generator), using: &generator)
    let chunks = Int.random(in: 1...30, using: &generator)
    let interval = [0, 1, 10, 40, 120].randomElement(using: &generator) ?? 0
    let continues = Int.random(in: 0..<8, using: &generator) > 0
    return (script(chunks: chunks, interval: interval, bytes: nil, text: text, continues: continues), text)
  }

  /// More than one frame holds, out of few bytes of question.
  private static func long(using generator: inout some RandomNumberGenerator) -> (String, String) {
    let chunks = Int.random(in: 20...60, using: &generator)
    let bytes = Int.random(in: 1_000...8_000, using: &generator)
    let interval = [0, 5, 20].randomElement(using: &generator) ?? 0
    // What the agent makes of it: words that tell which chunk they are.
    let answer = (0..<chunks).map { index in
      let word = "\(index) "
      return String(String(repeating: word, count: bytes / word.utf8.count + 1).prefix(bytes))
    }
    return (script(chunks: chunks, interval: interval, bytes: bytes, text: nil), answer.joined())
  }

  private static func plain(using generator: inout some RandomNumberGenerator) -> (String, String) {
    let count = Int.random(in: 1...100, using: &generator)
    return ("?" + RandomText.make(pieces: count, using: &generator), "This answer was made by a script.")
  }

  /// - Parameter continues: whether the answer goes on where its server dies.
  private static func script(
    chunks: Int, interval: Int, bytes: Int?, text: String?, continues: Bool = true
  ) -> String {
    var json = JSONWriter(appendingTo: Array("/script ".utf8))
    json.beginObject()
    json.key("chunks")
    json.int(chunks)
    json.key("interval_ms")
    json.int(interval)
    if let bytes {
      json.key("bytes")
      json.int(bytes)
    }
    if let text {
      json.key("text")
      json.string(text)
    }
    if !continues {
      json.key("continues")
      json.bool(false)
    }
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
