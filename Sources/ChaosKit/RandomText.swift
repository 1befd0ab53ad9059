/// Texts that find out who counts bytes wrongly: scalars of one to four bytes of UTF-8, and what JSON has to escape.
package enum RandomText {
  private static let pieces: [String] =
    ["a", "b", "e", "n", "t", " ", " ", "7", ".", "é", "ß", "ñ", "Ж", "я", "ق", "中", "語", "あ", "한", "😀", "🇩🇰"]
    + ["e\u{301}", "👩\u{200D}👧", "\"", "\\", "/", "\n", "\t", "\r", "\u{1}", "\u{7F}", "\u{2028}", "\u{FEFF}"]
    + ["\u{10FFFF}", "<", "&", "\u{E000}"]

  /// A text of so many pieces, most of them one scalar. None is U+0000, which can't be stored.
  package static func make(pieces count: Int, using generator: inout some RandomNumberGenerator) -> String {
    var text = ""
    for _ in 0..<count { text += pieces[Int.random(in: 0..<pieces.count, using: &generator)] }
    return text
  }
}
