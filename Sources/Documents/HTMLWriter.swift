/// Writes what is told of an HTML document down as Markdown. What no reader of the page would call its content goes:
/// scripts, styles, navigation, forms' controls. Where the page says what is its main part, that alone is kept.
final class HTMLWriter {
  /// Why it goes on no more.
  private(set) var failure: DocumentError?

  private let mostDepth: Int
  private let mostBytes: Int
  private var depth = 0
  /// How deep the element lies whose content is dropped; 0: none.
  private var droppedAt = 0
  private var mainAt = 0

  private var title = ""
  private var isInTitle = false
  private var language: String?
  private var blocks = HTMLBlocks()
  private var main: HTMLBlocks?
  private var written = 0

  init(mostDepth: Int, mostBytes: Int) {
    self.mostDepth = mostDepth
    self.mostBytes = mostBytes
  }

  private static let dropped: Set<String> = [
    "script", "style", "nav", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "audio",
    "video", "button", "select", "input", "textarea", "dialog", "datalist", "map",
  ]

  func open(_ name: String, _ attributes: HTMLAttributes) -> Bool {
    depth += 1
    guard depth <= mostDepth else { return fail("its elements are nested deeper than \(mostDepth)") }
    guard droppedAt == 0 else { return true }
    let isHidden =
      attributes["hidden"] != nil || attributes["aria-hidden"] == "true" || attributes["role"] == "navigation"
    if Self.dropped.contains(name) || isHidden && name != "body" && name != "html" {
      droppedAt = depth
      return true
    }
    switch name {
    case "html": language = attributes["lang"] ?? attributes["xml:lang"]
    case "title": isInTitle = title.isEmpty
    case "main" where main == nil && mainAt == 0:
      mainAt = depth
      main = blocks
      blocks = HTMLBlocks()
    default: break
    }
    blocks.open(name, attributes)
    // Behind what opening it has ended.
    if let anchor = attributes["id"] ?? (name == "a" ? attributes["name"] : nil) { blocks.note(anchor: anchor) }
    return true
  }

  func close(_ name: String) -> Bool {
    defer { depth -= 1 }
    if droppedAt > 0 {
      if depth == droppedAt { droppedAt = 0 }
      return true
    }
    if name == "title" { isInTitle = false }
    blocks.close(name)
    if mainAt > 0, depth == mainAt {
      mainAt = 0
      let inner = blocks.finish()
      // An empty one says nothing: scripts would fill it.
      if inner.contains(where: \.isLetter) {
        main = nil
        blocks = HTMLBlocks(inner)
        isComplete = true
      } else {
        blocks = main ?? HTMLBlocks()
        main = nil
      }
    }
    return true
  }

  /// Whether the main part was there.
  private var isComplete = false

  func text(_ text: String) -> Bool {
    guard droppedAt == 0, !isComplete else { return true }
    written += text.utf8.count
    guard written <= mostBytes else { return fail("there are more than \(mostBytes) bytes of text in it") }
    if isInTitle { title += text } else { blocks.text(text) }
    return true
  }

  func finish() -> ReadDocument {
    let words = title.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return ReadDocument(
      title: words.isEmpty ? nil : String(words.prefix(300)), markdown: Array(blocks.finish().utf8),
      language: language.flatMap { $0.isEmpty ? nil : $0 })
  }

  private func fail(_ message: String) -> Bool {
    failure = DocumentError(.tooLarge, message)
    return false
  }
}
