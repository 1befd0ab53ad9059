/// Markdown inside a block.
enum MarkdownInline {
  /// The text as it may be shown elsewhere: images go, links to other places of the document's folder become their words
  /// (they would lead nowhere from the page), HTML tags go. Code stays as it is.
  static func portable(_ text: String) -> String {
    var kept = ""
    var rest = text[...]
    while let mark = rest.first {
      switch mark {
      case "`":
        let code = codeSpan(rest)
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
        if let end = tagEnd(rest) {
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

  /// The words alone, for titles and excerpts: no marks of emphasis, code and links.
  static func plain(_ text: String) -> String {
    var kept = ""
    var rest = portable(text)[...]
    while let mark = rest.first {
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

  private static func codeSpan(_ text: Substring) -> Substring {
    let fence = text.prefix { $0 == "`" }
    let body = text[fence.endIndex...]
    guard let end = body.firstRange(of: fence) else { return fence }
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

  private static func tagEnd(_ text: Substring) -> Substring.Index? {
    var name = text.dropFirst()
    if name.first == "/" { name = name.dropFirst() }
    name = name.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    guard tags.contains(name.lowercased()), let end = text.firstIndex(of: ">") else { return nil }
    return text.index(after: end)
  }
}

/// `[words](target)`.
private struct Link {
  let words: Substring
  let target: Substring
  let end: Substring.Index

  init?(_ text: Substring) {
    guard text.first == "[" else { return nil }
    var depth = 0
    var close: Substring.Index?
    for index in text.indices {
      if text[index] == "[" { depth += 1 }
      if text[index] == "]" { depth -= 1 }
      if depth == 0 {
        close = index
        break
      }
    }
    guard let close else { return nil }
    let tail = text[text.index(after: close)...]
    guard tail.first == "(", let end = tail.firstIndex(of: ")") else { return nil }
    words = text[text.index(after: text.startIndex)..<close]
    target = tail.dropFirst()[..<end]
    self.end = text.index(after: end)
  }
}
