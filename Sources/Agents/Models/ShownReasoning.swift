/// What is thought on the way to an answer, collected as far as it is shown.
struct ShownReasoning {
  private var text = ""
  private var isCut = false
  /// How many more bytes are shown.
  private(set) var left: Int

  /// - Parameter left: how many bytes are shown; 0: nothing is.
  init(left: Int) { self.left = left }

  /// Takes more of it, but characters that control something.
  mutating func take(_ piece: String) {
    guard left > 0 else {
      isCut = isCut || !text.isEmpty
      return
    }
    for scalar in piece.unicodeScalars {
      guard scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) || scalar == "\n" else { continue }
      let size = UTF8.width(scalar)
      guard size <= left else {
        (left, isCut) = (0, true)
        return
      }
      text.unicodeScalars.append(scalar)
      left -= size
    }
  }

  /// What there is until now, which is not given again; nil where that is nothing.
  mutating func give() -> (text: String, isCut: Bool)? {
    defer { (text, isCut) = ("", false) }
    let shown = text.drop(while: \.isWhitespace)
    return shown.isEmpty ? nil : (String(shown), isCut)
  }
}
