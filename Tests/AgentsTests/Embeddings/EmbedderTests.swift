import HTTPClient
import JSONWire
import Log
import Postgres
import SkeinTestKit
import Synchronization
import Testing

@testable import Agents

/// How passages are given their vectors, whatever the service does.
@Suite struct EmbedderTests {
  /// What the service does at the moment.
  private final class Mood: Sendable {
    private let steps = Mutex<[ServiceStep]?>(nil)

    /// Nil: it answers.
    func set(_ steps: [ServiceStep]?) { self.steps.withLock { $0 = steps } }

    func answer(_ request: ServiceRequest) -> [ServiceStep] {
      steps.withLock { $0 } ?? EmbeddingWorld.script.answer(request)
    }
  }

  @Test(arguments: [
    ServiceScript.whole(500, "{}"), ServiceScript.whole(429, "{}"), ServiceScript.whole(401, "{}"),
    ServiceScript.whole(404, "{}"), ServiceScript.whole(400, "{}"), ServiceScript.whole("{"), [.close], [.reset],
    [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\"".utf8)), .close],
  ])
  func aServiceThatFailsIsAskedAgainLater(steps: [ServiceStep]) async throws {
    let mood = Mood()
    mood.set(steps)
    let world = try await EmbeddingWorld { mood.answer($0) }
    // Documents are loaded, and answered from, whatever it does.
    try await world.load()
    let search = try world.search { $0.restMilliseconds = EmbeddingWorld.longRest }
    let embedder = world.embedder(search)
    guard case .resting(let rest) = try await embedder.step() else {
      Issue.record("it goes on")
      return
    }
    #expect(rest > 0 && search.service.counts.failed > 0)
    #expect(try await world.vectors() == 0)
    #expect(try await world.paths("the hound", search).first == "dogs.md")
    // Left alone, the service is not asked.
    let asked = await world.service.requests.count
    guard case .resting = try await embedder.step() else {
      Issue.record("it goes on")
      return
    }
    #expect(await world.service.requests.count == asked)
    mood.set(nil)
    // Another server has not seen it fail.
    #expect(try await world.embed(try world.search()) == 4)
    #expect(try await embedder.progress() == (4, 0))
  }

  @Test(arguments: [
    (ServiceScript.whole(401, "{}"), "The embeddings model did not accept this server's key."),
    (ServiceScript.whole(500, "{}"), "The embeddings model's service has a fault at the moment; please try again."),
    (ServiceScript.whole("{"), "The embeddings model's answer could not be understood."),
  ])
  func whyNoneComeIsKnownToAll(steps: [ServiceStep], sentence: String) async throws {
    let mood = Mood()
    let world = try await EmbeddingWorld { mood.answer($0) }
    try await world.load()
    func state() async throws -> EmbeddingState { try await EmbeddingState(world.settings(), from: world.client) }
    let site = world.sites.sites[0]
    let before = try await state()
    #expect(before.model == nil && before.failure == nil)
    #expect(try await before.tally(of: site, from: world.client) == (3, 3, 0))
    mood.set(steps)
    _ = try await world.embedder(try world.search()).step()
    let failing = try await state()
    #expect(failing.failure == sentence && failing.since != nil)
    // For as long as it does.
    _ = try await world.embedder(try world.search()).step()
    #expect(try await state() == failing)
    mood.set(nil)
    try await world.embed(try world.search())
    let well = try await state()
    #expect(well.failure == nil && well.since == nil)
    #expect(try await well.tally(of: site, from: world.client) == (3, 0, 0))
  }

  @Test func whoAsksForTimeIsGivenIt() async throws {
    let world = try await EmbeddingWorld { _ in ServiceScript.whole(429, "{}", fields: ["Retry-After: 120"]) }
    try await world.load()
    let step = try await world.embedder(try world.search()).step()
    guard case .resting(let rest) = step else {
      Issue.record("\(step)")
      return
    }
    #expect((60_000...120_000).contains(rest))
  }

  @Test func aServiceThatIsSlowIsGivenUp() async throws {
    let world = try await EmbeddingWorld { _ in [.wait] }
    try await world.load()
    let search = try world.search { $0.seconds = 1 }
    guard case .resting = try await world.embedder(search).step() else {
      Issue.record("it goes on")
      return
    }
    #expect(search.service.counts.failed == 1)
    await world.service.until { $0.abandoned == 1 }
  }

  @Test func aTextThatTheModelDoesNotTakeIsLeftOut() async throws {
    let world = try await EmbeddingWorld { request in
      EmbeddingScript.texts(of: request).contains { $0.contains("automobile") }
        ? ServiceScript.whole(400, #"{"error": {"message": "input is too large to process"}}"#)
        : EmbeddingWorld.script.answer(request)
    }
    try await world.load()
    let search = try world.search()
    #expect(try await world.embed(search) == 4)
    #expect(try await world.vectors() == 4)
    #expect(try await world.vectors("vector IS NULL") == 1)
    #expect(search.service.counts.refused == 1)
    let state = try await EmbeddingState(world.settings(), from: world.client)
    #expect(try await state.tally(of: world.sites.sites[0], from: world.client) == (3, 0, 1))
    #expect(state.failure == nil)
    #expect(try await world.paths("puppy", search).first == "dogs.md")
    // By its words it is found as ever.
    #expect(try await world.paths("an automobile", search).first == "cars.md")
  }

  @Test func anotherModelMakesAllOfThemAnew() async throws {
    let world = try await EmbeddingWorld()
    try await world.load()
    try await world.embed(try world.search())
    #expect(try await world.embed(try world.search()) == 0)
    // By another name, or with other words before: each text has another vector.
    let other = try world.search { $0.model = "large" }
    #expect(try await world.found("puppy", other).isEmpty)
    #expect(try await world.embed(other) == 4)
    #expect(try await world.paths("puppy", other).first == "dogs.md")
    #expect(try await world.embed(try world.search { $0.passagePrefix = "passage: " }) == 4)
    #expect(try await world.embed(try world.search { $0.questionPrefix = "query: " }) == 0)
    #expect(try await world.vectors() == 12)
    let names = try await world.client.query("SELECT name, dimensions FROM embedding_models ORDER BY id")
    #expect(try (0..<3).map { try names.text($0, 0) } == ["tiny", "large", "tiny"])
    #expect(try names.int(0, 1) == 4)
    // Those that no server has used for a day go.
    _ = try await world.client.query(
      "UPDATE embedding_models SET used_at = now() - interval '2 days' WHERE name = 'tiny'")
    #expect(try await world.embed(other) == 0)
    #expect(try await world.vectors() == 4)
    #expect(try await world.paths("puppy", other).first == "dogs.md")
  }

  @Test func aModelKeepsItsDimensions() async throws {
    let mood = Mood()
    let world = try await EmbeddingWorld { mood.answer($0) }
    try await world.load()
    let search = try world.search { $0.batch = 1 }
    let embedder = world.embedder(search)
    #expect(try await embedder.step() == .made(1))
    mood.set(ServiceScript.whole(#"{"data": [{"index": 0, "embedding": [1, 2, 3]}]}"#))
    guard case .resting = try await embedder.step() else {
      Issue.record("it was stored")
      return
    }
    #expect(try await world.vectors() == 1)
    #expect(search.service.counts.failed == 1)
  }

  @Test func oneServerAtATimeMakesThem() async throws {
    let world = try await EmbeddingWorld { _ in [.wait] }
    try await world.load()
    let (one, two) = (try world.search(), try world.search())
    let first = Task { try await world.embedder(one).step() }
    await world.service.until { !$0.requests.isEmpty }
    #expect(try await world.embedder(two).step() == .notItsTurn)
    first.cancel()
    await #expect(throws: (any Error).self) { try await first.value }
    await world.service.close()
    // Its turn was left: this one finds nobody.
    guard case .resting = try await world.embedder(two).step() else {
      Issue.record("it goes on")
      return
    }
  }

  /// What was another text when its vector was asked for gets none of it.
  @Test func aTextThatChangesMeanwhileIsNotGivenTheOldVector() async throws {
    let world = try await EmbeddingWorld()
    try await world.sites.store("dogs.md", "# Animals\n\nA hound.")
    let search = try world.search()
    let rows = try await world.client.query("SELECT document_id, ordinal::int8, '' FROM passages")
    let stale: [PostgresValue] = [
      .int8(1), .int8s([try rows.int(0, 0)]), .int8s([try rows.int(0, 1)]), .texts(["another text's mark"]),
      .float4s([1, 0, 0, 0]), .int8(4),
    ]
    _ = try await world.client.query("INSERT INTO embedding_models (digest, name) VALUES (sha256('x'), 'x')")
    _ = try await world.client.query(EmbeddingStatements.store, stale)
    #expect(try await world.vectors() == 0)
    #expect(try await world.embed(search) == 1)
  }
}
