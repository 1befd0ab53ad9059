/// Text that is hard to cut: scalars of one to four bytes, joined, combined, from right to left, and such as JSON
/// escapes.
enum SimulatedText {
  private static let pieces: [[Unicode.Scalar]] = [
    "👨‍👩‍👧‍👦", "e\u{301}", "שלום", "مرحبا", "a", "word ", "\n", "\"", "\\", "\u{1}", "🇩🇪", "한국", "👋🏽", "n\u{303}\u{323}",
    "\u{202E}",
    "\u{7F}", "\u{FFFF}", "\u{10FFFF}", "ß", "\t", "the quick brown fox ",
  ].map { Array($0.unicodeScalars) }

  /// Scalars of the text that make up at most `bytes` bytes of UTF-8, and at least one.
  static func random(upTo bytes: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
    var text: [UInt8] = []
    while text.isEmpty || text.count < bytes {
      let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
      // Sometimes only a part of the cluster: the rest may follow in the next chunk, or never.
      for scalar in piece.prefix(Int.random(in: 1...piece.count, using: &generator)) {
        let encoded = Array(String(scalar).utf8)
        if text.count + encoded.count > bytes { return text.isEmpty ? [UInt8(ascii: "x")] : text }
        text += encoded
      }
    }
    return text
  }
}
