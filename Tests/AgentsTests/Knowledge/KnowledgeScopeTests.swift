import Conversation
import Postgres
import SkeinTestKit
import Testing

@testable import Agents

/// Questions read documents in the role of requests, for their site alone.
@Suite struct KnowledgeScopeTests {
  /// The same statements with no word of the site in them.
  private static let forgetful = KnowledgeStatements { _ in "true" }

  @Test func aForgottenFilterShowsNothingOfOtherSites() async throws {
    let world = try await EmbeddingWorld()
    try await world.load()
    try await KnowledgeLibrary.load(
      [KnowledgeDocument(path: "own.md", markdown: Array("# Own\n\nThe automobile of all.".utf8))], into: world.client)
    let vectors = try world.search()
    try await world.embed(vectors)
    let words = ["hound", "automobile", "bakery", "puppy", "barks", "elsewhere"]
    let documents = try await world.client.query("SELECT id FROM documents ORDER BY id")
    let keys = try await world.client.query("SELECT id FROM passage_vectors")
    let session = try #require(SessionID("session_of_one_0000"))
    let stranger = try #require(SessionID("session_of_nobody_0"))
    for scope in [
      KnowledgeScope.site(world.sites.sites[0]), .site(world.sites.sites[1]), .session(session), .session(stranger),
      .site(0),
    ] {
      let own = KnowledgeIndex(client: world.client, scope: scope)
      let open = KnowledgeIndex(client: world.client, scope: scope, statements: Self.forgetful)
      #expect(try await own.spoken() == open.spoken())
      let (looked, seen) = (try await own.look(up: words), try await open.look(up: words))
      #expect(looked.passages == seen.passages && looked.entries == seen.entries)
      for guess in ["walrsu", "hounds", "pupp", "elsewhere", "bakeryhound", "automobil"] {
        #expect(try await own.guesses(for: [guess]) == open.guesses(for: [guess]), "\(guess) as \(scope)")
      }
      let terms = words.map { word in
        Term(
          word: word, importance: 1, rarity: 1,
          forms: (looked.entries[word] ?? []).map {
            Term.Form(word: word, lexeme: $0.lexeme, isStem: $0.isStem, likeness: 1)
          })
      }
      let found = try await open.search(terms, among: 100, limit: 100)
      #expect(try await own.search(terms, among: 100, limit: 100) == found)
      let near = try await open.passages(of: (0..<keys.count).map { try keys.int($0, 0) }, terms)
      let labels = ["Animals", "Traffic", "Food", "Elsewhere", "Own"]
      let labelled = try await open.passages(labelled: labels)
      #expect(try await own.passages(labelled: labels) == labelled)
      var following: [FoundPassage] = []
      for row in 0..<documents.count {
        following += try await open.passages(
          after: FoundPassage.Place(document: documents.int(row, 0), ordinal: 0), limit: 10)
      }
      let titles = try await open.titles(limit: 100)
      #expect(try await own.titles(limit: 100) == titles)
      let shown = await vectors.nearest(to: "dog", in: scope, limit: 100, statements: Self.forgetful)
      let expected: Set<String> =
        switch scope {
        case .site(world.sites.sites[0]), .session(session): ["dogs.md", "cars.md", "loaf.md"]
        case .site(world.sites.sites[1]): ["other.md", "own.md"]
        default: []
        }
      for passages in [found, Array(near.values), labelled] { #expect(Set(passages.map(\.path)) == expected) }
      #expect(Set(following.map(\.path)).isSubset(of: expected) && titles.count == expected.count)
      #expect(shown.count == expected.count)
    }
  }

  /// What looks for words with the tables' own rights tells keys, and nothing behind them.
  @Test func theRoleEndsWithItsTransaction() async throws {
    let world = try await SitesWorld()
    try await world.store("zoo.md", "# Animals\n\nThe quokka.")
    let scope = KnowledgeScope.site(world.sites[0])
    let rows = try await scope.read("SELECT current_user = 'skein_request', acting_site()", from: world.library.client)
    #expect(try rows.bool(0, 0) && rows.int(0, 1) == world.sites[0])
    await #expect(throws: PostgresError.self) {
      try await scope.read("DELETE FROM documents", from: world.library.client)
    }
    let after = try await world.library.client.query(
      "SELECT current_user = session_user, coalesce(current_setting('skein.site', true), '')")
    #expect(try after.bool(0, 0) && after.text(0, 1) == "")
  }
}
