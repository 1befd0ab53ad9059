import Conversation
import Documents
import Postgres
import SkeinTestKit
import Testing

@testable import Agents

/// Documents of sites: versions, doubles, bounds, and who sees them.
@Suite struct SiteDocumentsTests {
  @Test func whatChangedIsAnotherVersion() async throws {
    let world = try await SitesWorld()
    #expect(try await world.store("a.md", "# Apples\n\nGreen.") == .added)
    #expect(try await world.store("a.md", "# Apples\n\nGreen.") == .unchanged)
    #expect(try await world.store("a.md", "# Apples\n\nRed.") == .replaced)
    #expect(try await world.store("a.md", "# Apples\n\nRed.", url: "https://a.example/") == .replaced)
    let rows = try await world.library.client.query("SELECT version, url, content FROM documents")
    #expect(try rows.int(0, 0) == 2)
    #expect(try rows.text(0, 1) == "https://a.example/")
    #expect(try rows.text(0, 2) == "# Apples\n\nRed.")
    #expect(try await world.library.count("SELECT 1 FROM vocabulary WHERE word = 'green'") == 0)
    // The same name in another collection, and on another site, is another document.
    #expect(try await world.store("a.md", "# Pears", collection: "d") == .added)
    #expect(try await world.store("a.md", "# Apples\n\nRed.", on: 1) == .added)
  }

  @Test func theSameTextIsThereOnce() async throws {
    let world = try await SitesWorld()
    #expect(try await world.store("a.md", "# Apples\n\nGreen.") == .added)
    #expect(try await world.store("b.md", "# Apples\n\nGreen.") == .duplicate(of: "a.md"))
    // Renamed: the old name goes first.
    #expect(try await KnowledgeLibrary.prune(world.library.client, world.place(0), keeping: ["b.md"]) == 1)
    #expect(try await world.store("b.md", "# Apples\n\nGreen.") == .added)
    #expect(try await KnowledgeLibrary.prune(world.library.client, world.place(0), keeping: ["b.md"]) == 0)
  }

  @Test func aSiteHasNoMoreThanItMay() async throws {
    let world = try await SitesWorld()
    #expect(try await world.store("a.md", "# A", most: 2) == .added)
    #expect(try await world.store("b.md", "# B", most: 2) == .added)
    #expect(try await world.store("c.md", "# C", most: 2) == .tooMany)
    #expect(try await world.store("b.md", "# Other", most: 2) == .replaced)
    #expect(try await world.store("c.md", "# C", on: 1, most: 2) == .added)
  }

  @Test func aDocumentIsDeletedByItsSiteAlone() async throws {
    let world = try await SitesWorld()
    try await world.store("a.md", "# Apples\n\nGreen.")
    let id = try await world.library.client.query("SELECT public_id FROM documents").text(0, 0)
    #expect(try await !KnowledgeLibrary.delete(id, of: world.sites[1], from: world.library.client))
    #expect(try await KnowledgeLibrary.delete(id, of: world.sites[0], from: world.library.client))
    #expect(try await world.library.count("SELECT 1 FROM passages") == 0)
    #expect(try await world.library.count("SELECT 1 FROM vocabulary") == 0)
  }

  @Test func sitesSeeTheirOwnAndWhatTheyWant() async throws {
    let world = try await SitesWorld()
    try await world.store("zoo.md", "# Animals\n\nThe quokka eats leaves.")
    try await world.store("sea.md", "# Animals\n\nThe walrus eats clams.", on: 1, url: "https://sea.example/animals")
    try await KnowledgeLibrary.load(
      [KnowledgeDocument(path: "docs/own.md", markdown: Array("# Own\n\nThe tapir eats fruit.".utf8))],
      into: world.library.client)
    let search = KnowledgeSearch(client: world.library.client)
    func paths(_ question: String, _ site: Int) async throws -> [String] {
      let found = try await search.passages(about: question, in: .site(world.sites[site]))
      let session = try #require(SessionID("session_of_\(site == 0 ? "one" : "two")_0000"))
      #expect(try await search.passages(about: question, for: session) == found)
      return found.map(\.path)
    }
    #expect(try await paths("What does the quokka eat?", 0) == ["zoo.md"])
    #expect(try await !paths("What does the walrus eat?", 0).contains("sea.md"))
    #expect(try await paths("walrus", 0) == [])
    #expect(try await paths("tapir", 0) == [])
    #expect(try await paths("quokka", 1) == [])
    #expect(try await paths("walrus", 1) == ["sea.md"])
    #expect(try await paths("tapir", 1) == ["docs/own.md"])
    let own = try await search.passages(about: "quokka", in: .site(world.sites[0]))[0]
    #expect(own.link.hasPrefix("/document.html?site=one&document=doc_") && own.link.utf8.count > 60)
    let address = try await search.passages(about: "walrus", in: .site(world.sites[1]))[0]
    #expect(address.link == "https://sea.example/animals#animals")
    // A correction tells nothing of another's words, nor do titles.
    let guess = try await world.library.ask("What does the walrsu eat?", session: "session_of_one_0000")
    #expect(!guess.text.contains("walrus") && !guess.text.contains("clams"))
  }

  @Test func inTheRoleOfRequestsASiteSeesItsOwn() async throws {
    let world = try await SitesWorld()
    try await world.store("zoo.md", "# Animals\n\nThe quokka eats leaves.")
    try await world.store("sea.md", "# Animals\n\nThe walrus eats clams.", on: 1)
    try await KnowledgeLibrary.load(
      [KnowledgeDocument(path: "own.md", markdown: Array("# Own\n\nThe tapir.".utf8))], into: world.library.client)
    func seen(_ table: String, as site: Int64) async throws -> [String] {
      let rows = try await world.library.client.transaction([
        (
          "SELECT set_config('skein.site', ($1::int8)::text, true), set_config('role', 'skein_request', true)",
          [.int8(site)]
        ),
        (
          PostgresStatement(
            table == "documents"
              ? "SELECT path FROM documents ORDER BY path" : "SELECT content FROM passages ORDER BY content",
            prepared: false), []
        ),
      ])[1]
      return try (0..<rows.count).map { try rows.text($0, 0) }
    }
    #expect(try await seen("documents", as: world.sites[0]) == ["zoo.md"])
    #expect(try await seen("documents", as: world.sites[1]) == ["own.md", "sea.md"])
    #expect(try await seen("documents", as: 0) == [])
    #expect(try await seen("passages", as: world.sites[0]) == ["The quokka eats leaves."])
    #expect(try await seen("passages", as: world.sites[1]) == ["The tapir.", "The walrus eats clams."])
    for statement in [
      "UPDATE vocabulary SET passages = 0", "DELETE FROM documents", "UPDATE passages SET content = ''",
    ] {
      await #expect(throws: PostgresError.self) {
        try await world.library.client.transaction([
          ("SELECT set_config('role', 'skein_request', true)", []),
          (PostgresStatement(statement, prepared: false), []),
        ])
      }
    }
  }

  @Test func headingsKeepTheAnchorsOfTheirPage() {
    let cut = MarkdownSplitter().split(
      Array("# T {#top}\n\na\n\n## B c {#x=1}\n\nb\n\n## D {#}\n\nc\n\n## E {not}\n\nd".utf8))
    #expect(cut.title == "T" && cut.passages.map(\.anchor) == ["top", "x=1", "", "e-not"])
    #expect(cut.passages.map { $0.headings.last ?? "" } == ["", "B c", "D", "E {not}"])
  }

  /// Texts that are there to take long, or to become more than they are.
  @Test(arguments: [
    String(repeating: "[", count: 200_000), String(repeating: "[a](", count: 100_000),
    String(repeating: "`", count: 200_001), (1...600).map { String(repeating: "`", count: $0) }.joined(separator: " "),
    String(repeating: "<b", count: 200_000), String(repeating: "a. ", count: 200_000),
    "# " + String(repeating: "x", count: 300_000) + String(repeating: "\n\n## y\n\nz", count: 2000),
    String(repeating: "x", count: 3_000_000), "|" + String(repeating: "a|", count: 500_000),
    "```\n" + String(repeating: "y", count: 2_000_000), String(repeating: "> ", count: 200_000) + "x",
    String(repeating: "#", count: 500_000), String(repeating: "- ", count: 300_000) + "x",
    String(repeating: "\\", count: 300_001) + "x",
  ])
  func hostileTextsAreCut(_ text: String) async throws {
    let prepared = try PreparedDocument(
      KnowledgeDocument(path: "a.md", markdown: Array(text.utf8)), language: "english")
    for passage in prepared.passages { #expect(passage.content.utf8.count <= 50_000) }
    let size = prepared.passages.reduce(0) { $0 + $1.content.utf8.count + $1.headings.joined().utf8.count }
    #expect(size <= 3 * text.utf8.count)
    // And it can be stored: a text search vector has its bounds.
    let world = try await SitesWorld()
    let outcome = try await KnowledgeLibrary.store(prepared, in: world.place(0), of: world.library.client)
    #expect(outcome == .added)
  }

  @Test func tooManyPassagesAreRefused() {
    let text = String(repeating: "# a\n\nb\n\n", count: 200)
    #expect(throws: DocumentError(.tooLarge, "it has more than 100 passages")) {
      try PreparedDocument(
        KnowledgeDocument(path: "a.md", markdown: Array(text.utf8)), language: "english", mostPassages: 100)
    }
  }
}
