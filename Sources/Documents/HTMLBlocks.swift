/// Blocks of Markdown, put together from elements and texts as they come.
struct HTMLBlocks {
  private var output: String
  /// Blanks are one, until the block's end.
  private var line = ""
  private var needsBlank = false
  /// The text of a `pre`, as it stands; nil outside.
  private var pre: String?
  private var code: String?
  private var heading = 0
  private var anchor: String?
  private var lists: [(isOrdered: Bool, number: Int)] = []
  /// Whether the next block is an item's first.
  private var isAtItem = false
  private var wasItem = false
  private var table: HTMLTable?
  private var tables = 0

  init(_ output: String = "") { self.output = output }

  private static let breaking: Set<String> = [
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "main", "p", "section",
    "summary", "head", "title", "thead", "tbody", "tfoot",
  ]

  /// An anchor stands here; a heading that comes before any text may be reached by it.
  mutating func note(anchor: String) { self.anchor = anchor }

  mutating func open(_ name: String, _ attributes: HTMLAttributes) {
    switch name {
    case "h1", "h2", "h3", "h4", "h5", "h6":
      flush()
      if table != nil { layOut() }
      heading = Int(name.dropFirst()) ?? 6
    case "ul", "ol", "menu":
      flush()
      if table == nil { lists.append((name == "ol", attributes["start"].flatMap { Int($0) } ?? 1)) }
    case "li":
      flush()
      isAtItem = table == nil
      if lists.isEmpty, table == nil { lists.append((false, 1)) }
    case "pre":
      flush()
      if table != nil { layOut() }
      pre = pre ?? ""
    case "code", "kbd", "samp", "tt": if pre == nil, code == nil, table == nil { code = "" }
    case "br": if pre != nil { pre?.append("\n") } else { needsBlank = true }
    case "img":
      if let words = attributes["alt"], !words.isEmpty { text(words) }
    case "table":
      flush()
      tables += 1
      if tables == 1 { table = HTMLTable() } else { needsBlank = true }
    case "tr":
      if tables <= 1 {
        flush()
        table?.beginRow()
      } else {
        needsBlank = true
      }
    case "td", "th":
      if tables <= 1 { flush() } else { needsBlank = true }
    default: if Self.breaking.contains(name) { breakLine() }
    }
  }

  mutating func close(_ name: String) {
    switch name {
    case "h1", "h2", "h3", "h4", "h5", "h6":
      flush()
      heading = 0
    case "ul", "ol", "menu":
      flush()
      if table == nil { _ = lists.popLast() }
    case "li":
      flush()
      isAtItem = false
    case "pre": endPre()
    case "code", "kbd", "samp", "tt": endCode()
    case "td", "th":
      if tables == 1, table != nil { endCell() } else { breakLine() }
    case "table":
      flush()
      if tables == 1, let table { add(table.markdown) }
      if tables == 1 { table = nil }
      tables = max(0, tables - 1)
    default: if Self.breaking.contains(name) { breakLine() }
    }
  }

  mutating func text(_ text: String) {
    if pre != nil {
      pre?.append(text)
      return
    }
    if code != nil {
      code?.append(text)
      return
    }
    var word = ""
    for character in text.unicodeScalars {
      if character.properties.isWhitespace {
        take(&word)
        needsBlank = true
      } else {
        word.unicodeScalars.append(character)
      }
    }
    take(&word)
  }

  /// All that was written.
  mutating func finish() -> String {
    endPre()
    endCode()
    flush()
    if let table { add(table.markdown) }
    table = nil
    return output
  }

  // MARK: Within a block

  private mutating func take(_ word: inout String) {
    guard !word.isEmpty else { return }
    append(MarkdownText.escaped(word))
    word = ""
  }

  private mutating func append(_ word: String) {
    if needsBlank, !line.isEmpty { line += " " }
    needsBlank = false
    line += word
  }

  private mutating func endCode() {
    guard let text = code else { return }
    code = nil
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !words.isEmpty else { return }
    if text.first?.isWhitespace ?? false { needsBlank = true }
    append(words.contains("`") || words.contains("|") && table != nil ? MarkdownText.escaped(words) : "`\(words)`")
    if text.last?.isWhitespace ?? false { needsBlank = true }
  }

  private mutating func endPre() {
    guard let text = pre else { return }
    pre = nil
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.first?.allSatisfy(\.isWhitespace) ?? false { lines.removeFirst() }
    while lines.last?.allSatisfy(\.isWhitespace) ?? false { lines.removeLast() }
    guard !lines.isEmpty else { return }
    add(MarkdownText.code(lines.joined(separator: "\n")))
  }

  // MARK: Blocks

  private mutating func breakLine() {
    // The paragraphs of a cell are one text.
    if table != nil { needsBlank = true } else { flush() }
  }

  private mutating func endCell() {
    endCode()
    table?.add(cell: line)
    (line, needsBlank) = ("", false)
  }

  /// A table with headings or code in it is there for the looks: what is in it comes one after the other.
  private mutating func layOut() {
    guard let rows = table?.texts else { return }
    table = nil
    for text in rows { add(MarkdownText.line(text)) }
  }

  private mutating func flush() {
    endCode()
    let text = line
    (line, needsBlank) = ("", false)
    guard !text.isEmpty else { return }
    if table != nil {
      // Text between cells.
      line = text
      needsBlank = true
    } else if heading > 0 {
      lists = []
      add(MarkdownText.heading(heading, text, anchor: anchor))
    } else {
      add(MarkdownText.line(text))
    }
  }

  private mutating func add(_ block: String) {
    guard !block.isEmpty else { return }
    anchor = nil
    let isItem = isAtItem && !lists.isEmpty
    if !output.isEmpty { output += isItem && wasItem ? "\n" : "\n\n" }
    wasItem = isItem
    guard !lists.isEmpty, let list = lists.last else {
      output += block
      return
    }
    // Deeper ones than that nobody tells apart.
    let inner = String(repeating: "  ", count: min(lists.count, 8) - 1)
    let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
    let rest = lines.dropFirst().map { "\n" + inner + "  " + $0 }.joined()
    if isItem {
      output += inner + (list.isOrdered ? "\(list.number). " : "- ") + (lines.first ?? "") + rest
      lists[lists.count - 1].number &+= 1
      isAtItem = false
    } else {
      output += inner + "  " + (lines.first ?? "") + rest
    }
  }
}
