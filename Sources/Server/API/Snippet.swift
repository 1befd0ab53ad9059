/// A part of a text that speaks of what was looked for. It is told as plain pieces, so that nobody has to take markup out
/// of what people have written.
enum Snippet {
  struct Part: Equatable {
    let text: String
    /// Whether it is one of the words.
    let isMatch: Bool
  }

  /// The pieces of a text with U+0001 before each match and U+0002 behind it, and U+0003 for `<`.
  static func parts(of marked: String) -> [Part] {
    var parts: [Part] = []
    var isMatch = false
    var text = ""
    func end() {
      if !text.isEmpty { parts.append(Part(text: text, isMatch: isMatch)) }
      text = ""
    }
    for scalar in marked.unicodeScalars {
      switch scalar.value {
      case 1:
        end()
        isMatch = true
      case 2:
        end()
        isMatch = false
      case 3: text.append("<")
      default: text.unicodeScalars.append(scalar)
      }
    }
    end()
    return parts
  }
}
