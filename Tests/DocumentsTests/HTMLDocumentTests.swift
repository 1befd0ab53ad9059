import SeededRandom
import Testing

@testable import Documents

/// HTML as passages are cut from it.
@Suite struct HTMLDocumentTests {
  private func read(_ html: String, _ limits: DocumentLimits = DocumentLimits()) throws(DocumentError) -> ReadDocument {
    try DocumentReader.parse(Array(html.utf8), .html, nil, limits)
  }

  private func markdown(_ html: String) throws -> String { String(decoding: try read(html).markdown, as: UTF8.self) }

  @Test func aPageBecomesItsContent() throws {
    let page = try read(
      """
      <!DOCTYPE html><html lang="de-AT"><head><title> Ger&auml;te &amp; mehr </title><style>p { color: red }</style>
      <script>if (a < b) { alert("no") }</script></head><body>
      <nav><ul><li><a href="/">Start</a></li></ul></nav>
      <h1>Devices</h1><p>Turn it <b>off</b>, and
      on   again.</p><h2 id="reset">Reset</h2><ol><li>Hold the <code>power</code> key<ul><li>for 10 seconds</ul>
      <li>Wait.</ol><pre>skein --help
        --port</pre><table><tr><th>Model<th>Weight<tr><td>A1<td>2 kg<tr><td>B|2</table>
      <h3>Last</h3>No end tags <div hidden>secret</div> here<script>x</script>
      """)
    #expect(page.title == "Geräte & mehr" && page.language == "de-AT")
    #expect(
      String(decoding: page.markdown, as: UTF8.self) == """
        # Devices {#}

        Turn it off, and on again.

        ## Reset {#reset}

        1. Hold the `power` key
          - for 10 seconds
        2. Wait.

        ```
        skein --help
          --port
        ```

        | Model | Weight |
        | --- | --- |
        | A1 | 2 kg |
        | B\\|2 |

        ### Last {#}

        No end tags here
        """)
  }

  @Test func theMainPartIsEnough() throws {
    let page = try markdown("<p>Before<main><h1>Main</h1><p>Text</main><footer>After</footer>")
    #expect(page == "# Main {#}\n\nText")
    #expect(try markdown("<p>Before<main><script>fill()</script></main>After") == "Before\n\nAfter")
  }

  @Test func whatLooksLikeMarkdownIsText() throws {
    #expect(
      try markdown("<p># No *heading* <p>1. No_item <p>- nor [this](x) <p>> &lt;b> `a`") == """
        \\# No \\*heading\\*

        1\\. No\\_item

        \\- nor \\[this\\](x)

        \\> \\<b> \\`a\\`
        """)
    #expect(try markdown("<pre>```\ninner\n```</pre>") == "````\n```\ninner\n```\n````")
    #expect(try markdown("<h2 id='a \"b\"}'>T</h2>x") == "## T {#a%20%22b%22%7D}\n\nx")
  }

  @Test func tablesForTheLooksAreTaken() throws {
    #expect(try markdown("<table><tr><td>Left<td><h2>Title</h2><p>Text</table>") == "Left\n\n## Title {#}\n\nText")
    #expect(try markdown("<table><tr><td>One<tr><td>Two</table>") == "One\n\nTwo")
    #expect(
      try markdown("<table><tr><td>a<td><table><tr><td>b<td>c</table></table>") == "| a | b c |\n| --- | --- |")
  }

  @Test func itIsNotReadDeeperOrLongerThanAllowed() throws {
    for deep in ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<svg>", "<font><p>"] {
      #expect(throws: DocumentError.self) { try read(String(repeating: deep, count: 200_000) + "x") }
    }
    // What closes nothing has every open element looked at.
    #expect(throws: DocumentError.self) {
      try read(String(repeating: "<b>", count: 400_000) + String(repeating: "</i>", count: 400_000))
    }
    var limits = DocumentLimits()
    limits.textBytes = 1000
    let long = String(repeating: "word ", count: 1000)
    #expect(throws: DocumentError(.tooLarge, "there are more than 1000 bytes of text in it")) {
      try read("<p>" + long, limits)
    }
    #expect(try read("<script>\(long)</script><p>short", limits).markdown == Array("short".utf8))
  }

  @Test func entitiesOfItsOwnAreNone() throws {
    let bomb = """
      <!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
      <p>&b;&b;&f; text
      """
    let text = try markdown(bomb)
    #expect(text.contains("text") && !text.contains("aaaa") && !text.contains("root:"))
  }

  @Test func nothingIsNoDocument() {
    for html in ["<p></p>", "<script>words</script>", "\u{0}\u{0}", "<!-- words -->", "<p>!!!"] {
      #expect(throws: DocumentError(.empty, "there are no words in it")) { try read(html) }
    }
    #expect(throws: DocumentError(.empty, "there are no words in it")) { try read("") }
  }

  /// A page with bytes changed, left out and put in never hangs, nor does it become more than it was.
  @Test func brokenPagesAreReadOrRefused() throws {
    let page = Array(
      """
      <html><head><title>T</title></head><body><table><tr><td><ul><li><pre>x</pre><h2 id=a>H</h2></table>
      <main><p>&amp;&#x41;&#99999999;</main><code>a`b</code><!-- c --><script>1</script>
      """.utf8)
    var random = SeededGenerator("mangled pages")
    for _ in 0..<2000 {
      var bytes = page
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(Array("<>/&\"'=!-".utf8).randomElement(using: &random) ?? 0, at: place)
        }
      }
      if let document = try? DocumentReader.parse(bytes, .html, nil, DocumentLimits()) {
        #expect(String(validating: document.markdown, as: UTF8.self) != nil)
        #expect(document.markdown.count < 4 * bytes.count, "\(bytes)")
      }
    }
  }
}
