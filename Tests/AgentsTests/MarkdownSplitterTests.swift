import Testing

@testable import Agents

@Suite struct MarkdownSplitterTests {
  private func split(_ text: String) -> (title: String?, passages: [Passage]) {
    MarkdownSplitter().split(Array(text.utf8))
  }

  @Test func headingsMakePathsAndAnchors() {
    let (title, passages) = split(
      """
      # Lantern `1.0`

      It measures.

      ## Setting up

      First part.

      ### On Debian: 12 & later

      Debian part.

      ## Setting up

      Second part.

      Old style
      ---------

      Third part.
      """)
    #expect(title == "Lantern 1.0")
    #expect(
      passages.map(\.headings) == [
        [], ["Setting up"], ["Setting up", "On Debian: 12 & later"], ["Setting up"], ["Old style"],
      ])
    #expect(passages.map(\.anchor) == ["lantern-10", "setting-up", "on-debian-12--later", "setting-up-1", "old-style"])
    #expect(passages.map(\.content) == ["It measures.", "First part.", "Debian part.", "Second part.", "Third part."])
  }

  @Test(arguments: [
    ("---\ntitle: x\n---\n# A\n\ntext", "text"),
    ("\u{FEFF}# A\r\n\r\none\r\ntwo", "one\ntwo"),
    ("# A\n\nbefore <!-- never\nshown --> after", "before \n after"),
    ("# A\n\n```html\n<!-- shown -->\n```", "```html\n<!-- shown -->\n```"),
    (
      "# A\n\na [page](other.md#x), a [site](https://example.org) and ![none](a.png)",
      "a page, a [site](https://example.org) and "
    ),
    ("# A\n\n<p align=\"center\">word</p> and `<p>` and a < b", "word and `<p>` and a < b"),
    ("# A\n\n[unclosed and `open", "[unclosed and `open"),
    ("# A\n\nnul \u{0}byte", "nul byte"),
  ])
  func whatNoReaderShouldSeeGoes(_ text: String, _ expected: String) {
    let passages = split(text).passages
    #expect(passages.map { trimmed($0.content) } == [trimmed(expected)])
  }

  private func trimmed(_ text: String) -> String { String(text[...].trimmingBlanks) }

  @Test(arguments: ["", "# Only a title", "\n\n\n", "<!-- all of it -->", "---\na: b\n---\n", "# A\n\n## B\n\n### C"])
  func nothingToSayMakesNoPassage(_ text: String) {
    #expect(split(text).passages.isEmpty)
  }

  @Test func codeAndTablesStayWhole() {
    let code = "```swift\n" + (0..<30).map { "let value\($0) = \($0) # not a heading\n\n" }.joined() + "```"
    let table = "| a | b |\n| --- | --- |\n" + (0..<30).map { "| row \($0) | value \($0) |" }.joined(separator: "\n")
    let (_, passages) = split("# T\n\n\(words(600))\n\n\(code)\n\n\(words(600))\n\n\(table)")
    #expect(passages.count { $0.content.contains(code) } == 1)
    #expect(passages.count { $0.content.contains(table) } == 1)
  }

  @Test func longSectionsAreCut() {
    let (_, passages) = split("# T\n\n## S\n\n" + (0..<40).map { _ in words(300) }.joined(separator: "\n\n"))
    #expect(passages.count > 8)
    #expect(passages.allSatisfy { (200...1500).contains($0.content.count) })
    #expect(passages.allSatisfy { $0.anchor == "s" })
  }

  @Test func aSingleHugeBlockIsCut() {
    let row = "| key | " + words(80) + " |"
    for block in [
      words(20_000), "```\n" + (0..<500).map { "line \($0)" }.joined(separator: "\n") + "\n```",
      "| a | b |\n|---|---|\n" + [String](repeating: row, count: 100).joined(separator: "\n"),
    ] {
      let (_, passages) = split("# T\n\n" + block)
      #expect(passages.count > 2)
      #expect(passages.allSatisfy { $0.content.count <= 2600 })
    }
  }

  @Test func whatLeadsInStaysWithWhatFollows() {
    let (_, passages) = split("# T\n\n\(words(700))\n\nDo it like this:\n\n```\n\(words(800))\n```")
    #expect(passages.count == 2)
    #expect(passages.last?.content.hasPrefix("Do it like this:\n\n```") == true)
  }

  @Test func listsAndQuotesAreBlocks() {
    let text =
      "- one\n  more of one\n\n  ```\n  code\n  ```\n- two\nlazy\n\n1. first\n2) second\n\n> said\n> twice\n\nplain\n\n* * *\n\nend"
    #expect(
      MarkdownBlock.parse(text) == [
        MarkdownBlock(kind: .item, text: "- one\n  more of one\n\n  ```\n  code\n  ```"),
        MarkdownBlock(kind: .item, text: "- two\nlazy"),
        MarkdownBlock(kind: .item, text: "1. first"),
        MarkdownBlock(kind: .item, text: "2) second"),
        MarkdownBlock(kind: .quote, text: "> said\n> twice"),
        MarkdownBlock(kind: .paragraph, text: "plain"),
        MarkdownBlock(kind: .paragraph, text: "end"),
      ])
  }

  @Test(arguments: [
    ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
    ("Use e.g. Debian, i.e. Linux. Then go.", ["Use e.g. Debian, i.e. Linux. ", "Then go."]),
    ("Version 1.2 of `a. B` is out. end", ["Version 1.2 of `a. B` is out. end"]),
    ("", []),
  ])
  func sentences(_ text: String, _ expected: [String]) {
    #expect(Sentences.split(text) == expected)
  }

  /// Sentences of at least so many characters in all.
  private func words(_ count: Int) -> String {
    var text = ""
    while text.count < count { text += "The lantern measures the wind. " }
    return String(text[...].trimmingBlanks)
  }
}
