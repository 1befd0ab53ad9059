/// Markdown inside a block.
enum MarkdownInline {
  /// The text as it may be shown elsewhere: images go, links to other places of the document's folder become their words
  /// (they would lead nowhere from the page), HTML tags go. Code stays as it is.
  static func portable(_ text: String) -> String {
    var kept = ""
    var rest = text[...]
    // What is looked for once in vain, so that a text full of marks that never close costs little.
    var unclosed: Set<Int> = []
    var hasTags = true
    while let mark = rest.first {
      switch mark {
      case "\\" where isMark(rest.dropFirst().first):
        kept += rest.prefix(2)
        rest = rest.dropFirst(2)
      case "`":
        let code = codeSpan(rest, &unclosed)
        kept += code
        rest = rest[code.endIndex...]
      case "!" where rest.dropFirst().first == "[":
        guard let link = Link(rest.dropFirst()) else { fallthrough }
        rest = rest[link.end...]
      case "[":
        guard let link = Link(rest) else {
          kept.append(mark)
          rest = rest.dropFirst()
          continue
        }
        kept += isAbsolute(link.target) ? String(rest[..<link.end]) : portable(String(link.words))
        rest = rest[link.end...]
      case "<":
        if hasTags, let end = tagEnd(rest, &hasTags) {
          rest = rest[end...]
        } else {
          kept.append(mark)
          rest = rest.dropFirst()
        }
      default:
        kept.append(mark)
        rest = rest.dropFirst()
      }
    }
    return kept
  }

  /// Whether a backslash before it says that it is text (CommonMark section 2.4).
  private static func isMark(_ character: Character?) -> Bool {
    guard let character, character.isASCII else { return false }
    return character.isPunctuation || character.isSymbol
  }

  /// The words alone, for titles and excerpts: no marks of emphasis, code and links.
  static func plain(_ text: String) -> String {
    var kept = ""
    var rest = portable(text)[...]
    while let mark = rest.first {
      if mark == "\\", isMark(rest.dropFirst().first) {
        kept += rest.dropFirst().prefix(1)
        rest = rest.dropFirst(2)
        continue
      }
      if mark == "[", let link = Link(rest) {
        kept += plain(String(link.words))
        rest = rest[link.end...]
        continue
      }
      if mark != "`", mark != "*" { kept.append(mark) }
      rest = rest.dropFirst()
    }
    return kept
  }

  private static func codeSpan(_ text: Substring, _ unclosed: inout Set<Int>) -> Substring {
    let fence = text.prefix { $0 == "`" }
    let body = text[fence.endIndex...]
    guard !unclosed.contains(fence.utf8.count), let end = body.firstRange(of: fence) else {
      unclosed.insert(fence.utf8.count)
      return fence
    }
    return text[..<end.upperBound]
  }

  private static func isAbsolute(_ target: Substring) -> Bool {
    target.hasPrefix("https://") || target.hasPrefix("http://") || target.hasPrefix("mailto:")
  }

  private static let tags: Set<String> = [
    "a", "b", "br", "center", "details", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "img", "kbd", "li", "ol", "p",
    "picture", "pre", "source", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr",
    "ul",
  ]

  /// - Parameter hasTags: becomes false where no tag can end any more.
  private static func tagEnd(_ text: Substring, _ hasTags: inout Bool) -> Substring.Index? {
    var name = text.dropFirst()
    if name.first == "/" { name = name.dropFirst() }
    name = name.prefix(11).prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    guard name.utf8.count <= 10, tags.contains(name.lowercased()) else { return nil }
    guard let end = text.firstIndex(of: ">") else {
      hasTags = false
      return nil
    }
    return text.index(after: end)
  }
}

/// `[words](target)`.
private struct Link {
  let words: Substring
  let target: Substring
  let end: Substring.Index

  /// In bytes; what is longer is no link.
  private static let longestWords = 500
  /// In characters.
  private static let longestTarget = 2000

  init?(_ text: Substring) {
    guard text.first == "[" else { return nil }
    var depth = 0
    var close: Substring.Index?
    for index in text.utf8.indices.prefix(Self.longestWords) {
      if text.utf8[index] == UInt8(ascii: "[") { depth += 1 }
      if text.utf8[index] == UInt8(ascii: "]") { depth -= 1 }
      if depth == 0 {
        close = index
        break
      }
    }
    guard let close else { return nil }
    let tail = text[text.index(after: close)...]
    guard tail.first == "(", let end = tail.prefix(Self.longestTarget).firstIndex(of: ")") else { return nil }
    words = text[text.index(after: text.startIndex)..<close]
    target = tail.dropFirst()[..<end]
    self.end = text.index(after: end)
  }
}
