/// A block of a Markdown text, as far as cutting it into passages needs to know.
struct MarkdownBlock: Equatable {
  enum Kind: Equatable {
    case heading(level: Int)
    case paragraph
    /// One item of a list, with everything indented under it.
    case item
    /// With its fences.
    case code
    case table
    case quote
  }

  var kind: Kind
  /// Lines joined by "\n", as they stand; a heading's words only.
  var text: String
}

extension MarkdownBlock {
  /// The blocks of a text without carriage returns, front matter and comments (see `MarkdownSource`).
  static func parse(_ text: String) -> [MarkdownBlock] {
    var parser = MarkdownBlockParser()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { parser.take(line) }
    parser.flush()
    return parser.blocks
  }

  /// Blocks as one text again: items on neighbouring lines, everything else apart by an empty line.
  static func join(_ blocks: [MarkdownBlock]) -> String {
    var text = ""
    for (index, block) in blocks.enumerated() {
      if index > 0 { text += block.kind == .item && blocks[index - 1].kind == .item ? "\n" : "\n\n" }
      text += block.text
    }
    return text
  }
}

/// Takes lines and makes blocks. A line decides by its own first characters, except under a list item, in a fence and
/// below a paragraph (which `===` makes a heading).
private struct MarkdownBlockParser {
  private(set) var blocks: [MarkdownBlock] = []
  private var kind = MarkdownBlock.Kind.paragraph
  private var lines: [Substring] = []
  private var fence: Substring?
  private var sawEmptyLine = false

  mutating func take(_ line: Substring) {
    let trimmed = line.trimmingBlanks
    if let fence {
      lines.append(line)
      if trimmed.hasPrefix(fence), trimmed.allSatisfy({ $0 == fence.first }) {
        self.fence = nil
        if kind == .code { flush() }
      }
      return
    }
    guard !trimmed.isEmpty else {
      if kind == .item, !lines.isEmpty { sawEmptyLine = true } else { flush() }
      return
    }
    let indented = line.first == " " || line.first == "\t"
    if kind == .item, !lines.isEmpty, indented || (!sawEmptyLine && !startsBlock(trimmed)) {
      if sawEmptyLine { lines.append("") }
      append(line, fenceFrom: trimmed)
      return
    }
    if sawEmptyLine { flush() }
    if let level = headingLevel(trimmed) {
      flush()
      let words = trimmed.dropFirst(level).trimmingBlanks.droppingTrailing("#").trimmingBlanks
      blocks.append(MarkdownBlock(kind: .heading(level: level), text: String(words)))
    } else if kind == .paragraph, lines.count == 1, isUnderline(trimmed) {
      let words = lines[0].trimmingBlanks
      lines = []
      blocks.append(MarkdownBlock(kind: .heading(level: trimmed.first == "=" ? 1 : 2), text: String(words)))
    } else if isRule(trimmed) {
      flush()
    } else if fenceMark(trimmed) != nil {
      begin(.code)
      append(line, fenceFrom: trimmed)
    } else if isItem(trimmed) {
      begin(.item)
      append(line, fenceFrom: trimmed)
    } else if trimmed.first == "|" {
      continueOrBegin(.table, line)
    } else if trimmed.first == ">" {
      continueOrBegin(.quote, line)
    } else {
      continueOrBegin(kind == .quote && !lines.isEmpty ? .quote : .paragraph, line)
    }
  }

  mutating func flush() {
    defer { (kind, lines, fence, sawEmptyLine) = (.paragraph, [], nil, false) }
    guard !lines.isEmpty else { return }
    blocks.append(MarkdownBlock(kind: kind, text: lines.joined(separator: "\n")))
  }

  private mutating func begin(_ kind: MarkdownBlock.Kind) {
    flush()
    self.kind = kind
  }

  private mutating func continueOrBegin(_ kind: MarkdownBlock.Kind, _ line: Substring) {
    if self.kind != kind { begin(kind) }
    lines.append(line)
  }

  private mutating func append(_ line: Substring, fenceFrom trimmed: Substring) {
    lines.append(line)
    sawEmptyLine = false
    fence = fenceMark(trimmed)
  }

  private func startsBlock(_ line: Substring) -> Bool {
    headingLevel(line) != nil || isItem(line) || fenceMark(line) != nil || line.first == "|" || line.first == ">"
      || isRule(line)
  }

  private func headingLevel(_ line: Substring) -> Int? {
    let level = line.prefix { $0 == "#" }.count
    guard (1...6).contains(level) else { return nil }
    let next = line.dropFirst(level).first
    return next == nil || next == " " || next == "\t" ? level : nil
  }

  private func isUnderline(_ line: Substring) -> Bool {
    line.count >= 2 && (line.allSatisfy { $0 == "=" } || line.allSatisfy { $0 == "-" })
  }

  private func isRule(_ line: Substring) -> Bool {
    guard let mark = line.first, mark == "-" || mark == "*" || mark == "_" else { return false }
    return line.allSatisfy { $0 == mark || $0 == " " } && line.filter { $0 == mark }.count >= 3
  }

  private func isItem(_ line: Substring) -> Bool {
    if let mark = line.first, mark == "-" || mark == "*" || mark == "+" { return line.dropFirst().first == " " }
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    guard (1...9).contains(digits.count) else { return false }
    let rest = line.dropFirst(digits.count)
    return (rest.first == "." || rest.first == ")") && rest.dropFirst().first == " "
  }

  private func fenceMark(_ line: Substring) -> Substring? {
    guard let mark = line.first, mark == "`" || mark == "~" else { return nil }
    let run = line.prefix { $0 == mark }
    return run.count >= 3 && !line.dropFirst(run.count).contains(mark) ? run : nil
  }
}

extension Substring {
  /// Without blanks at both ends.
  var trimmingBlanks: Substring {
    var text = drop { $0 == " " || $0 == "\t" || $0 == "\n" }
    while let last = text.last, last == " " || last == "\t" || last == "\n" { text.removeLast() }
    return text
  }

  func droppingTrailing(_ mark: Character) -> Substring {
    var text = self
    while text.last == mark { text.removeLast() }
    return text
  }
}
