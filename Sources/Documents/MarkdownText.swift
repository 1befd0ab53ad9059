/// Text that is to stand in Markdown as it is.
enum MarkdownText {
  /// A piece of text within a line, with what Markdown would take for a mark behind a backslash.
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\", "`", "*", "_", "[", "]", "<", "|": result.unicodeScalars.append("\\")
      default: break
      }
      result.unicodeScalars.append(character)
    }
    return result
  }

  /// A line whose beginning Markdown would take for that of a block.
  /// - Parameter keepsLists: whether a list's mark stays one.
  static func line(_ text: String, keepsLists: Bool = false) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    switch first {
    case "#", ">", "=", "~", "|": return "\\" + text
    case "-", "+", "*":
      return keepsLists && text.dropFirst().first == " " ? text : "\\" + text
    case "0"..."9":
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      guard !keepsLists, let mark = text.dropFirst(digits.count).first, mark == "." || mark == ")" else { return text }
      return digits + "\\" + text.dropFirst(digits.count)
    default: return text
    }
  }

  /// A heading with the anchor that its own document gives it.
  static func heading(_ level: Int, _ text: String, anchor: String?) -> String {
    let name = (anchor ?? "").utf8.map { byte -> String in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return String(UnicodeScalar(byte))
      case _ where "-_.:=".utf8.contains(byte): return String(UnicodeScalar(byte))
      default: return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return String(repeating: "#", count: level) + " " + text + " {#" + name.joined() + "}"
  }

  /// A block of code, within a fence that nothing in it ends.
  static func code(_ text: String) -> String {
    var longest = 2
    var run = 0
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence)\n\(text)\n\(fence)"
  }
}
