import Glibc
import Log
import Postgres
import SkeinTestKit
import Testing

@testable import Agents

@Suite struct KnowledgeLibraryTests {
  private func document(_ path: String, _ text: String) -> KnowledgeDocument {
    KnowledgeDocument(path: path, markdown: Array(text.utf8))
  }

  @Test func onlyWhatChangedIsLoaded() async throws {
    let library = try await LanternLibrary(loaded: false)
    let client = library.client
    var documents = [document("a.md", "# Apples\n\nGreen apples."), document("b.md", "# Pears\n\nYellow pears.")]
    #expect(try await KnowledgeLibrary.load(documents, into: client) == 2)
    #expect(try await KnowledgeLibrary.load(documents, into: client) == 0)
    let ids = "SELECT id FROM documents WHERE title IN ('Apples', 'Pears')"
    #expect(try await library.count(ids) == 2)

    documents[0] = document("a.md", "# Apples\n\nRed apples.\n\n## More\n\nSweet ones.")
    #expect(try await KnowledgeLibrary.load(documents, into: client) == 1)
    #expect(try await library.count("SELECT 1 FROM passages") == 3)
    #expect(try await library.count("SELECT 1 FROM vocabulary WHERE word = 'green'") == 0)
    #expect(try await library.count("SELECT 1 FROM vocabulary WHERE word = 'apples' AND passages = 2") == 1)

    #expect(try await KnowledgeLibrary.load([documents[1]], into: client) == 1)
    #expect(try await library.count("SELECT 1 FROM documents") == 1)
    #expect(try await library.count("SELECT 1 FROM vocabulary WHERE word LIKE 'apple%'") == 0)
  }

  @Test func aCollectionLeavesTheOthersAlone() async throws {
    let library = try await LanternLibrary()
    let count = try await library.count("SELECT 1 FROM documents")
    #expect(
      try await KnowledgeLibrary.load(
        [document("README.md", "# Other\n\nText.")], into: library.client, collection: "b") == 1)
    #expect(try await library.count("SELECT 1 FROM documents") == count + 1)
    #expect(try await KnowledgeLibrary.load([], into: library.client, collection: "b") == 1)
    #expect(try await library.count("SELECT 1 FROM documents") == count)
  }

  @Test func severalNodesLoadAtOnce() async throws {
    let library = try await LanternLibrary(loaded: false)
    let client = library.client
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 { group.addTask { try await KnowledgeLibrary.load(LanternCorpus.documents, into: client) } }
      try await group.waitForAll()
    }
    #expect(try await library.count("SELECT 1 FROM documents") == 5)
    // The vocabulary is what a count over the passages gives.
    let counted = "SELECT w.lexeme, count(*) FROM passages p, unnest(p.words) w GROUP BY 1"
    #expect(try await library.count("SELECT word, passages FROM vocabulary EXCEPT \(counted)") == 0)
    #expect(try await library.count("\(counted) EXCEPT SELECT word, passages FROM vocabulary") == 0)
  }

  @Test func aFolderHoldsReadmeAndDocs() throws {
    let folder = try TemporaryFolder.make("skein-knowledge")
    defer {
      for path in ["docs/b.md", "docs/a.md", "docs/c.txt", "README.md", "other.md", "docs", ""] {
        remove("\(folder)/\(path)")
      }
    }
    mkdir(folder + "/docs", 0o755)
    for path in ["docs/b.md", "docs/a.md", "docs/c.txt", "README.md", "other.md"] {
      let file = try #require(fopen("\(folder)/\(path)", "w"))
      fputs("# \(path)", file)
      fclose(file)
    }
    let documents = KnowledgeLibrary.documents(inFolder: folder, log: Logger("knowledge", level: .error))
    #expect(documents.map(\.path) == ["README.md", "docs/a.md", "docs/b.md"])
    #expect(documents.map { String(decoding: $0.markdown, as: UTF8.self) } == documents.map { "# " + $0.path })
    #expect(KnowledgeLibrary.documents(inFolder: folder + "/none", log: Logger("knowledge", level: .error)).isEmpty)
  }

  @Test func punctuationDoesNotHideWords() async throws {
    let library = try await LanternLibrary(loaded: false)
    let text = "# T\n\nCall `message.send` at /v1/socket — with “quotes”, SKEIN_DATABASE_URL, re-try and don't."
    try await KnowledgeLibrary.load([document("a.md", text)], into: library.client)
    for word in ["message", "send", "v1", "socket", "quotes", "skein", "database", "url", "try", "don"] {
      #expect(try await library.count("SELECT 1 FROM vocabulary WHERE word = '\(word)'") == 1, "\(word)")
    }
  }
}
