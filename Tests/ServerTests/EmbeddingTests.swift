import Accounts
import Agents
import SkeinTestKit
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
}
