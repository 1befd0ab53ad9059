import Conversation
import Glibc
import HTTPClient
import HTTPWire
import JSONWire
import Postgres
import SkeinTestKit
import Testing

@testable import Agents

/// Passages that are found by what they mean, against a scripted service over real sockets.
@Suite struct VectorSearchTests {
  @Test func aPassageIsFoundWithoutAnyOfItsWords() async throws {
    let world = try await EmbeddingWorld()
    try await world.load()
    #expect(try await world.paths("puppy", nil) == [])
    let search = try world.search()
    // Before there are vectors, it is searched for words.
    #expect(try await world.paths("puppy", search) == [])
    #expect(try await world.paths("the street", search) == ["cars.md"])
    #expect(try await world.embed(search) == 4)
    #expect(try await world.paths("puppy", search).first == "dogs.md")
    #expect(try await world.paths("vehicle", search).first == "cars.md")
    let near = try await world.found("dog", search).filter(\.isNear)
    #expect(near.map(\.path) == ["dogs.md"] && near[0].coverage == 0)
    // Both ways agree on the first; what only one has found comes behind.
    let both = try await world.paths("the bread of the bakery", search)
    #expect(both.first == "loaf.md")
  }

  @Test func theAgentAndTheToolAnswerByMeaning() async throws {
    let world = try await EmbeddingWorld()
    try await world.load()
    let search = try world.search()
    try await world.embed(search)
    func ask(_ question: String, _ vectors: VectorSearch?) async throws -> RecordedAnswer {
      var settings = KnowledgeAgent.Settings()
      settings.paceMilliseconds = 0
      let answer = RecordedAnswer()
      let session = try #require(SessionID("session_of_one_0000"))
      let request = AgentRequest(session: session, question: question, context: Array("{}".utf8)) { _ in [] }
      try await KnowledgeAgent(client: world.client, settings: settings, vectors: vectors).answer(
        request, into: answer)
      return answer
    }
    let answer = try await ask("Where is my puppy?", search)
    #expect(answer.text.contains("A hound sleeps at night.") && answer.citations.count == 1, "\(answer.text)")
    #expect(try await ask("Where is my puppy?", nil).text.contains("I don't know"))
    // Nothing is near to that.
    #expect(try await ask("Where is the moon?", search).text.contains("I don't know"))
    let tool = KnowledgeTool(client: world.client, vectors: search)
    let request = AgentRequest(
      session: try #require(SessionID("session_of_one_0000")), question: "", context: Array("{}".utf8)
    ) { _ in [] }
    let result = try await tool.call(JSONObject([("query", "puppy")]), for: request)
    #expect(result.citations.map(\.title) == ["Animals"])
  }

  @Test func theWeightSaysWhichOrderCounts() async throws {
    let world = try await EmbeddingWorld()
    // By its words the one is first, by its meaning the other.
    try await world.sites.store("words.md", "# Night\n\nThe street at night is a quiet street.")
    try await world.sites.store("meaning.md", "# Animals\n\nA hound, a puppy, and one more hound in the street.")
    try await world.embed(try world.search())
    let question = "A dog in the street at night"
    for (weight, first) in [(0, "words.md"), (10, "words.md"), (90, "meaning.md"), (100, "meaning.md")] {
      let paths = try await world.paths(question, try world.search { $0.weight = weight })
      #expect(paths.first == first && paths.count == 2, "\(weight): \(paths)")
    }
  }

  @Test func theLikenessSaysWhatIsNear() async throws {
    let world = try await EmbeddingWorld()
    // Half of what it says is of dogs: their cosine is 0.7.
    try await world.sites.store("both.md", "# Things\n\nA hound and an automobile.")
    try await world.embed(try world.search())
    for (likeness, isNear) in [(0, true), (50, true), (69, true), (72, false), (100, false)] {
      let found = try await world.found("puppy", try world.search { $0.leastLikeness = likeness })
      #expect(found.map(\.path) == ["both.md"] && found.first?.isNear == isNear, "\(likeness)")
    }
  }

  @Test func aSiteFindsItsOwnAlone() async throws {
    let world = try await EmbeddingWorld()
    try await world.load()
    try await KnowledgeLibrary.load(
      [KnowledgeDocument(path: "own.md", markdown: Array("# Own\n\nA vehicle.".utf8))], into: world.client)
    let search = try world.search()
    try await world.embed(search)
    #expect(try await !world.paths("dog", search).contains("other.md"))
    #expect(try await world.paths("dog", search, on: 1).first == "other.md")
    #expect(try await Set(world.paths("automobile", search, on: 1)) == ["own.md", "other.md"])
    #expect(try await !world.paths("automobile", search).contains("own.md"))
    // It wants the shared ones no longer.
    _ = try await world.client.query("UPDATE sites SET shared_documents = false")
    #expect(try await world.paths("automobile", search, on: 1) == ["other.md"])
  }

  @Test func whatIsDeletedOrReplacedIsNotFound() async throws {
    let world = try await EmbeddingWorld()
    try await world.load()
    let search = try world.search()
    try await world.embed(search)
    #expect(try await world.paths("puppy", search).first == "dogs.md")
    try await world.sites.store("dogs.md", "# Animals\n\nA loaf.")
    // The vectors went with what they were of.
    #expect(try await world.vectors() == 3)
    #expect(try await world.found("puppy", search).filter(\.isNear).isEmpty)
    #expect(try await world.embed(search) == 1)
    #expect(try await Set(world.found("bread", search).filter(\.isNear).map(\.path)) == ["dogs.md", "loaf.md"])
    let id = try await world.client.query("SELECT public_id FROM documents WHERE path = 'loaf.md'").text(0, 0)
    #expect(try await KnowledgeLibrary.delete(id, of: world.sites.sites[0], from: world.client))
    #expect(try await world.found("bread", search).filter(\.isNear).map(\.path) == ["dogs.md"])
    #expect(try await KnowledgeLibrary.prune(world.client, world.sites.place(0), keeping: []) == 2)
    #expect(try await world.paths("bread", search) == [])
    #expect(try await world.vectors() == 1)
  }

  /// A question is answered by words where its vector does not come, or is none.
  @Test(arguments: [
    ServiceScript.whole(500, "{}"), ServiceScript.whole(429, "{}", fields: ["Retry-After: 1"]),
    ServiceScript.whole(401, "{}"), ServiceScript.whole("no JSON"), ServiceScript.whole(#"{"data": []}"#),
    ServiceScript.whole(#"{"data": [{"index": 0, "embedding": [1, 2]}]}"#), [.close], [.reset], [.wait],
  ])
  func withoutItsVectorAQuestionIsAnsweredByWords(steps: [ServiceStep]) async throws {
    let world = try await EmbeddingWorld { request in
      EmbeddingScript.texts(of: request).contains { $0.hasPrefix("asked: ") }
        ? steps : EmbeddingWorld.script.answer(request)
    }
    try await world.load()
    let search = try world.search { settings in
      settings.questionPrefix = "asked: "
      settings.restMilliseconds = EmbeddingWorld.longRest
      // Only the one that waits for ever comes to it.
      if case .wait? = steps.first { settings.questionMilliseconds = 50 }
    }
    try await world.embed(search)
    #expect(try await world.paths("the hound", search) == ["dogs.md"])
    let asked = await world.service.requests.count
    if search.service.counts.failed == 1 {
      // It is left alone then.
      #expect(try await world.paths("the bakery", search) == ["loaf.md"])
      #expect(await world.service.requests.count == asked)
    } else {
      // Its vector has other dimensions than those that are stored.
      #expect(search.service.counts.failed == 0)
    }
  }

  @Test func vectorsHaveTheirBoundsInMemory() async throws {
    // Of these, 17 fit into one MiB.
    var script = EmbeddingWorld.script
    script.spare = 15_000
    let (wide, size) = (script, script.vector(of: "").count)
    let world = try await EmbeddingWorld { wide.answer($0) }
    for number in 0..<10 { try await world.sites.store("\(number).md", "# Dog\n\nDog \(number).") }
    for number in 0..<9 { try await world.sites.store("\(number).md", "# Dog\n\nDog \(number).", on: 1) }
    let search = try world.search { $0.megabytes = 1 }
    #expect(try await world.embed(search) == 19)
    #expect(try await world.found("puppy", search).count(where: \.isNear) == 5)
    #expect(await search.held == 10 * size)
    // One site makes room for the other.
    #expect(try await world.found("puppy", search, on: 1).count(where: \.isNear) == 5)
    #expect(await search.held == 9 * size)
    // A site with more than there is room for is searched for words.
    for number in 10..<18 { try await world.sites.store("\(number).md", "# Dog\n\nDog \(number).") }
    try await world.embed(search)
    #expect(try await world.found("puppy", search).isEmpty)
    #expect(try await world.found("dog", search).count == 5)
    #expect(await search.held == 9 * size)
  }

  @Test func whatIsSentIsAsItIsSetUp() async throws {
    setenv("SKEIN_TEST_EMBEDDINGS_KEY", "k-123", 1)
    let world = try await EmbeddingWorld()
    try await world.load()
    let search = try world.search { settings in
      settings.keyVariable = "SKEIN_TEST_EMBEDDINGS_KEY"
      (settings.passagePrefix, settings.questionPrefix) = ("passage: ", "query: ")
    }
    try await world.embed(search)
    _ = try await world.paths("puppy", search)
    let requests = await world.service.requests
    #expect(requests.allSatisfy { $0.head.path == "/v1/embeddings" && $0.head.method == .post })
    #expect(requests.allSatisfy { EmbeddingScript.model(of: $0) == "tiny" })
    #expect(requests.allSatisfy { $0.head.fields["authorization"] == "Bearer k-123" })
    let texts = requests.map { EmbeddingScript.texts(of: $0) }
    #expect(texts.joined().filter { $0.contains("hound") } == ["passage: Animals\n\nA hound sleeps at night."])
    #expect(texts.last == ["query: puppy"])
    #expect(texts.dropLast().allSatisfy { $0.count == 2 })
  }
}
