/// Cuts a Markdown document into passages: at its headings, and long sections between blocks. Code, tables and list items
/// stay whole where they are not far too long.
struct MarkdownSplitter {
  /// In characters. A passage that would be longer is cut between blocks.
  var target = 1200
  /// A rest shorter than this joins the passage before it.
  var least = 200
  /// A single block longer than this is cut inside.
  var most = 2400
  /// Whatever it is, a longer text is cut where it must be.
  var longest = 10_000

  private static let longestHeading = 200

  /// - Returns: the document's title (its first heading, where that is of level 1), and its passages in order.
  func split(_ markdown: [UInt8]) -> (title: String?, passages: [Passage]) {
    let blocks = MarkdownBlock.parse(MarkdownSource.clean(markdown))
    var title: String?
    var path: [(level: Int, text: String)] = []
    var anchors = HeadingAnchors()
    var anchor = ""
    var section: [MarkdownBlock] = []
    var passages: [Passage] = []

    func close() {
      let headings = path.map(\.text)
      passages += pack(section).map { Passage(headings: headings, anchor: anchor, content: $0) }
      section = []
    }

    for block in blocks {
      guard case .heading(let level) = block.kind else {
        section.append(block)
        continue
      }
      close()
      let (words, given) = HeadingAnchors.given(block.text)
      let text = String(MarkdownInline.plain(words).prefix(Self.longestHeading))
      anchor = given ?? anchors.anchor(for: words)
      if title == nil, level == 1, path.isEmpty, passages.isEmpty {
        title = text
        continue
      }
      path.removeAll { $0.level >= level }
      path.append((level, text))
    }
    close()
    return (title, passages)
  }

  /// The texts of a section's passages.
  private func pack(_ section: [MarkdownBlock]) -> [String] {
    var groups: [[MarkdownBlock]] = []
    var length = 0
    for block in section.flatMap(prepare) {
      let size = block.text.count
      if groups.isEmpty || length + size > target {
        var group: [MarkdownBlock] = []
        // "As follows:" belongs to what follows.
        if let last = groups.last?.last, last.text.hasSuffix(":"), (groups.last?.count ?? 0) > 1 {
          groups[groups.count - 1].removeLast()
          group = [last]
        }
        groups.append(group + [block])
        length = (group + [block]).reduce(0) { $0 + $1.text.count }
      } else {
        groups[groups.count - 1].append(block)
        length += size + 2
      }
    }
    if groups.count > 1, let rest = groups.last, rest.reduce(0, { $0 + $1.text.count }) < least {
      groups.removeLast()
      groups[groups.count - 1] += rest
    }
    return groups.map(MarkdownBlock.join).filter { !$0.isEmpty }.flatMap(cut)
  }

  /// A text that has no place to be cut at, in pieces.
  private func cut(_ text: String) -> [String] {
    var pieces: [String] = []
    var rest = text[...]
    while rest.utf8.count > 4 * longest || rest.count > longest {
      let piece = rest.prefix(longest)
      let end = piece.suffix(200).lastIndex(where: \.isWhitespace) ?? piece.endIndex
      pieces.append(String(rest[..<end]))
      rest = rest[end...]
    }
    return pieces + [String(rest)]
  }

  /// A block ready to be packed: made portable, cut where it is far too long, nothing where nothing is left of it.
  private func prepare(_ block: MarkdownBlock) -> [MarkdownBlock] {
    var block = block
    if block.kind != .code { block.text = MarkdownInline.portable(block.text) }
    guard block.text.contains(where: { $0.isLetter || $0.isNumber }) else { return [] }
    switch block.kind {
    case .paragraph, .quote:
      return Self.gather(Sentences.split(block.text), upTo: target).map {
        MarkdownBlock(kind: block.kind, text: String($0[...].trimmingBlanks))
      }
    case .item, .heading:
      return block.text.count <= most
        ? [block] : Self.gather(lines(block.text), upTo: target).map { MarkdownBlock(kind: .item, text: $0) }
    case .code:
      guard block.text.count > most else { return [block] }
      let all = block.text.split(separator: "\n", omittingEmptySubsequences: false)
      let (open, shut) = (
        String(all.first ?? "```"), String(all.first?.trimmingBlanks.prefix { $0 == "`" || $0 == "~" } ?? "```")
      )
      return Self.gather(all.dropFirst().dropLast().map { $0 + "\n" }, upTo: target).map {
        MarkdownBlock(kind: .code, text: "\(open)\n\($0)\(shut)")
      }
    case .table:
      guard block.text.count > most else { return [block] }
      let rows = lines(block.text)
      let head = rows.prefix(2).joined()
      return Self.gather(Array(rows.dropFirst(2)), upTo: target - head.count).map {
        MarkdownBlock(kind: .table, text: head + String($0[...].trimmingBlanks))
      }
    }
  }

  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0 + "\n" }
  }

  /// Joins parts into texts of at most `limit` characters, unless a part alone is longer.
  private static func gather(_ parts: [String], upTo limit: Int) -> [String] {
    var texts: [String] = []
    var length = 0
    for part in parts {
      let size = part.count
      if texts.isEmpty || length + size > limit {
        texts.append(part)
        length = size
      } else {
        texts[texts.count - 1] += part
        length += size
      }
    }
    return texts
  }
}
