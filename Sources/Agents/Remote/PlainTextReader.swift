/// For services that answer with text alone, which ends with the content. Bytes that are no UTF-8 become U+FFFD.
struct PlainTextReader: AnswerReader {
  /// The beginning of a character whose rest has not come yet.
  private var held: [UInt8] = []

  init() {}

  mutating func read(_ bytes: [UInt8]) -> [ModelEvent] {
    held += bytes
    let end = held.count - Self.unfinished(held)
    guard end > 0 else { return [] }
    let text = String(decoding: held[..<end], as: UTF8.self)
    held = Array(held[end...])
    return [.text(text)]
  }

  mutating func finish() -> [ModelEvent] {
    let rest: [ModelEvent] = held.isEmpty ? [] : [.text(String(decoding: held, as: UTF8.self))]
    held = []
    return rest + [.end(.stop)]
  }

  /// How many bytes at the end belong to a character that is not whole.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return needed > back ? back : 0
    }
    return 0
  }
}
