/// Takes out of a passage what answers a question: whole blocks, sentences of long paragraphs, rows of long tables.
struct Extract {
  /// How much each asked word counts, with the lexemes and words it may appear as.
  var terms: [Term]
  var wantsNumber = false
  var wantsReason = false
  /// Of the language that is asked in.
  var lists = WordLists.english
  /// In characters: a passage up to this long is taken whole.
  var whole = 650
  /// About how long a part of a longer one may be.
  var limit = 750

  /// The part of a Markdown text that answers best.
  func best(of content: String) -> String {
    guard content.count > whole else { return content }
    let blocks = MarkdownBlock.parse(content)
    let scores = blocks.map { score($0.text) }
    guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[best] > 0 else {
      return MarkdownBlock.join(Self.prefix(of: blocks, upTo: limit))
    }
    var taken: Set<Int> = []
    var length = 0
    func take(_ index: Int) {
      guard blocks.indices.contains(index), taken.insert(index).inserted else { return }
      length += shortened(blocks[index]).text.count
    }
    take(best)
    // What leads in, and what it leads in to, belong together.
    if best > 0, blocks[best].kind != .paragraph, blocks[best - 1].kind == .paragraph { take(best - 1) }
    if blocks[best].text.hasSuffix(":") || blocks.indices.contains(best + 1) && blocks[best + 1].kind == .code {
      take(best + 1)
    }
    for index in scores.indices.sorted(by: { (scores[$1], $0) < (scores[$0], $1) })
    where scores[index] >= 0.45 * scores[best] && length < limit {
      if length + shortened(blocks[index]).text.count <= limit + 200 { take(index) }
    }
    return MarkdownBlock.join(taken.sorted().map { shortened(blocks[$0]) })
  }

  /// The best sentence as plain words, for a citation; empty where there are none, as in a table.
  func excerpt(of content: String, upTo limit: Int = 200) -> String {
    let prose = MarkdownBlock.parse(content).filter { $0.kind != .code && $0.kind != .table }
    let texts = prose.flatMap { Sentences.split($0.text) }
    let best = texts.indices.max { (score(texts[$0]), $1) < (score(texts[$1]), $0) }
    let plain = MarkdownInline.plain(best.map { texts[$0] } ?? "").split(whereSeparator: \.isWhitespace).joined(
      separator: " ")
    let words = plain[...].trimmingListMark
    guard words.count > limit else { return String(words) }
    let cut = words.prefix(limit - 1)
    return String(cut[..<(cut.lastIndex(of: " ") ?? cut.endIndex)]) + "…"
  }

  /// Whether a text gives a reason.
  static func givesReason(_ text: String, _ lists: WordLists = .english) -> Bool {
    let words = " " + Words.split(text).joined(separator: " ") + " "
    return lists.reasons.contains { words.contains($0) }
  }

  /// The weight of the asked words that a text has.
  private func score(_ text: String) -> Double {
    let words = Set(Words.split(text))
    var score = 0.0
    for term in terms {
      let likeness = term.forms.filter { form in words.contains { Words.isForm($0, of: form.lexeme) } }.map(\.likeness)
        .max()
      score += term.weight * (likeness ?? 0)
    }
    if score > 0, wantsNumber, text.contains(where: \.isNumber) { score *= 1.4 }
    if wantsReason, Self.givesReason(text, lists) { score = score * 1.5 + 0.5 }
    return score
  }

  private func shortened(_ block: MarkdownBlock) -> MarkdownBlock {
    guard block.text.count > 500 else { return block }
    var block = block
    switch block.kind {
    case .paragraph, .quote: block.text = sentences(of: block.text)
    case .table: block.text = rows(of: block.text)
    case .item, .code, .heading: break
    }
    return block
  }

  /// The best sentence of a paragraph with those around it.
  private func sentences(of text: String) -> String {
    let all = Sentences.split(text)
    let scores = all.map(score)
    guard var first = scores.indices.max(by: { scores[$0] < scores[$1] }) else { return text }
    var last = first
    var length = all[first].count
    while length < 350 {
      let (before, after) = (first > 0 ? scores[first - 1] : -1, last + 1 < all.count ? scores[last + 1] : -1)
      guard max(before, after) >= 0 else { break }
      if after >= before {
        last += 1
        length += all[last].count
      } else {
        first -= 1
        length += all[first].count
      }
    }
    return String(all[first...last].joined()[...].trimmingBlanks)
  }

  /// A table's head and its best rows, in their order.
  private func rows(of text: String) -> String {
    let lines = text.split(separator: "\n").map(String.init)
    let rows = Array(lines.dropFirst(2))
    let scores = rows.map(score)
    guard let best = scores.max(), best > 0 else { return text }
    let kept = rows.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(6).filter { scores[$0] >= 0.4 * best }
    return (lines.prefix(2) + kept.sorted().map { rows[$0] }).joined(separator: "\n")
  }

  private static func prefix(of blocks: [MarkdownBlock], upTo limit: Int) -> [MarkdownBlock] {
    var length = 0
    return Array(
      blocks.prefix { block in
        defer { length += block.text.count }
        return length < limit
      })
  }
}

extension Substring {
  fileprivate var trimmingListMark: Substring {
    let rest = drop { $0.isNumber }
    if rest.startIndex != startIndex, rest.first == "." { return rest.dropFirst().trimmingBlanks }
    return first == "-" || first == "+" || first == ">" ? dropFirst().trimmingBlanks : self
  }
}
