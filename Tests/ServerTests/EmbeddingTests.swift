import Accounts
import Agents
import JSONWire
import SkeinTestKit
import Synchronization
import Testing

@testable import Server

/// Documents that are found by what a question means, in a running server.
@Suite struct EmbeddingTests {
  private static let script = EmbeddingScript([["dog", "hound", "puppy"], ["car", "automobile"]])

  @Test func aServerMakesVectorsAndAnswersByThem() async throws {
    let service = try await ScriptedService { request in
      // The first batch fails.
      request.number == 1 ? ServiceScript.whole(500, "{}") : Self.script.answer(request)
    }
    func isAsked(for word: String) async {
      await service.until { service in
        service.requests.contains { request in EmbeddingScript.texts(of: request).contains { $0.contains(word) } }
      }
    }
    try await TestServer.with { settings in
      (settings.embeddings.url, settings.embeddings.model) = (service.url, "tiny")
      settings.embeddings.batch = 100
      settings.embeddings.intervalMilliseconds = 10
      settings.embeddings.questionMilliseconds = 60_000
      settings.knowledgePaceMilliseconds = 0
    } _: { server in
      let http = try await server.http()
      let key = try await server.key([.writeDocuments, .readDocuments], site: "default")
      let path = "/v1/sites/default/documents?name="
      let text = "# Animals\n\nA hound sleeps at night."
      #expect(try await http.bring("PUT", path + "dogs.md", text, token: key).status == 201)
      await isAsked(for: "hound")
      // When the next one is asked for, those before are stored.
      #expect(try await http.bring("PUT", path + "cars.md", "# T\n\nAn automobile.", token: key).status == 201)
      await isAsked(for: "automobile")
      let client = try await server.client(agent: "knowledge")
      let answer = try await client.ask("Where is my puppy?")
      let said = String(decoding: answer.content, as: UTF8.self)
      #expect(said.contains("A hound sleeps at night."), "\(said)")
    }
    await service.close()
  }

  @Test func whoKeepsDocumentsSeesWhatWaitsAndWhy() async throws {
    let isWell = Atomic(false)
    let service = try await ScriptedService { request in
      guard isWell.load(ordering: .relaxed) else { return ServiceScript.whole(404, "{}") }
      return EmbeddingScript.texts(of: request).contains { $0.contains("automobile") }
        ? ServiceScript.whole(400, "{}") : Self.script.answer(request)
    }
    try await TestServer.with { settings in
      (settings.embeddings.url, settings.embeddings.model) = (service.url, "tiny")
      settings.embeddings.intervalMilliseconds = 10
    } _: { server in
      let http = try await server.http()
      let key = try await server.key([.writeDocuments, .readDocuments], site: "default")
      let path = "/v1/sites/default/documents"
      func vectors(_ isThere: (JSONValue?) -> Bool) async throws -> [JSONValue?] {
        for _ in 0..<3000 {
          let documents = try await http.ask("GET", path, token: key).json["documents"]?.array ?? []
          let vectors = documents.map { $0["vectors"] }
          if !vectors.isEmpty, vectors.allSatisfy(isThere) { return vectors }
          try await Task.sleep(for: .milliseconds(10))
        }
        return []
      }
      let made = try await http.bring("PUT", path + "?name=dogs.md", "# Animals\n\nA hound sleeps.", token: key)
      #expect(made.status == 201 && made.json["vectors"]?["waiting"] == 1)
      let waiting = try await vectors { $0?["failure"]?.isNull == false }
      #expect(waiting.first??["waiting"] == 1 && waiting.first??["refused"] == 0)
      #expect(
        waiting.first??["failure"] == "The embeddings model is not there under the name that is set up.")
      #expect(waiting.first??["failing_since"]?.string?.hasSuffix("Z") == true)
      let id = try #require(made.json["id"]?.string)
      #expect(try await http.ask("GET", "\(path)/\(id)", token: key).json["vectors"]?["waiting"] == 1)
      // Visitors are told nothing of it.
      let shown = try await http.ask("GET", "/v1/documents/\(id)")
      #expect(shown.status == 200 && shown.json["vectors"] == nil)

      isWell.store(true, ordering: .relaxed)
      #expect(
        try await http.bring("PUT", path + "?name=cars.md", "# T\n\nAn automobile.", token: key).status == 201)
      let done = try await vectors { $0?["waiting"] == 0 }
      #expect(done.allSatisfy { $0?["failure"]?.isNull == true && $0?["failing_since"]?.isNull == true })
      #expect(done.map { $0?["refused"] } == [0, 1])
    }
    await service.close()
  }

  @Test func withoutAServiceThereIsNothingToTell() async throws {
    let server = try await TestServer.shared()
    let key = try await server.key([.writeDocuments, .readDocuments], site: "default")
    let name = "plain-\(UInt64.random(in: 0...(.max))).md"
    let made = try await server.http().bring(
      "PUT", "/v1/sites/default/documents?name=\(name)", "# \(name)\n\nText.", token: key)
    #expect(made.status == 201 && made.json["vectors"] == nil)
  }
}
