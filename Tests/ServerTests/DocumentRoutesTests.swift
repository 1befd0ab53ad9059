import Accounts
import Documents
import HTTPWire
import JSONWire
import SkeinTestKit
import Store
import Testing

@testable import Server

/// Documents of sites over plain HTTP.
@Suite struct DocumentRoutesTests {
  @Test func aDocumentIsStoredReplacedShownAndDeleted() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      let path = "/v1/sites/default/documents"
      let made = try await http.bring(
        "POST", path + "?name=care.md&url=https://a.example/care", "# Care\n\nNo water.", token: admin)
      #expect(made.status == 201 && made.json["version"] == 1 && made.json["title"] == "Care", "\(made.text)")
      #expect(made.json["url"] == "https://a.example/care" && made.json["collection"] == "uploads")
      let id = try #require(made.json["id"]?.string)
      #expect(made["location"] == "\(path)/\(id)")
      #expect(try await http.bring("POST", path + "?name=care.md", "# Care", token: admin).status == 409)
      let same = try await http.bring("PUT", path + "?name=other.md", "# Care\n\nNo water.", token: admin)
      #expect(same.status == 409 && same.json["detail"] == "the document care.md has the same text")
      let changed = try await http.bring(
        "PUT", path + "?name=care.md&language=de", "# Pflege\n\nKein Wasser.", token: admin)
      #expect(changed.status == 200 && changed.json["version"] == 2 && changed.json["id"]?.string == id)
      #expect(changed.json["language"] == "german" && changed.json["url"]?.isNull == true)
      let again = try await http.bring(
        "PUT", path + "?name=care.md&language=de", "# Pflege\n\nKein Wasser.", token: admin)
      #expect(again.status == 200 && again.json["version"] == 2)
      let shown = try await http.ask("GET", "\(path)/\(id)", token: admin)
      #expect(shown.json["content"] == "# Pflege\n\nKein Wasser.")
      // Where a citation leads, without a credential.
      #expect(try await http.get("/v1/documents/\(id)?site=default").json["title"] == "Pflege")
      #expect(try await http.get("/v1/documents/doc_0?site=default").status == 404)
      #expect(try await http.ask("DELETE", "\(path)/\(id)", token: admin).status == 204)
      #expect(try await http.ask("DELETE", "\(path)/\(id)", token: admin).status == 404)
      #expect(try await http.get("/v1/documents/\(id)?site=default").status == 404)
      let audit = try await http.ask("GET", "/v1/audit", token: admin)
      let actions = audit.json["entries"]?.array?.compactMap { $0["action"]?.string } ?? []
      #expect(
        actions.filter { $0.hasPrefix("document.") } == ["document.deleted", "document.stored", "document.stored"])
    }
  }

  @Test func allKindsAreRead() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let key = try await server.key([.writeDocuments, .readDocuments], site: "default")
      let path = "/v1/sites/default/documents?name="
      let page = try await http.bring(
        "PUT", path + "page", "<title>Ger\u{e4}te</title><script>x</script><h1>Hallo</h1><p>Welt",
        type: "text/html; charset=utf-8", token: key)
      #expect(page.status == 201 && page.json["title"] == "Geräte" && page.json["type"] == "text/html")
      let text = try await http.bring(
        "PUT", path + "a.txt", "Plain words", type: "application/octet-stream", token: key)
      #expect(text.json["type"] == "text/plain" && text.json["title"] == "Plain words")
      #expect(
        try await http.bring("PUT", path + "a.exe", "x", type: "application/octet-stream", token: key).status == 415)
      #expect(try await http.bring("PUT", path + "a.md", "x", type: "image/png", token: key).status == 415)
      #expect(try await http.bring("PUT", path + "a.pdf", "no pdf", type: "application/pdf", token: key).status == 422)
      #expect(try await http.bring("PUT", path + "a.md", "", token: key).status == 422)
      #expect(try await http.bring("PUT", path + "a.md", "...", token: key).status == 422)
      for name in ["", "/etc/passwd", "../a.md", "a/../b.md", "a%00.md", "a%0A.md", String(repeating: "x", count: 501)]
      {
        #expect(try await http.bring("PUT", path + name, "words", token: key).status == 400, "\(name)")
      }
      for query in [
        "&url=javascript:1", "&url=http://", "&language=klingon", "&collection=" + String(repeating: "x", count: 101),
      ] {
        #expect(try await http.bring("PUT", path + "b.md" + query, "words", token: key).status == 400, "\(query)")
      }
      let list = try await http.ask("GET", "/v1/sites/default/documents?limit=1", token: key)
      #expect(list.json["documents"]?.array?.count == 1)
      let cursor = try #require(list.json["next"]?.string)
      let rest = try await http.ask("GET", "/v1/sites/default/documents?limit=1&cursor=\(cursor)", token: key)
      #expect(rest.json["documents"]?[0]?["name"] == "a.txt" && rest.json["next"]?.isNull == true)
      #expect(try await http.ask("GET", "/v1/sites/default/documents?cursor=x", token: key).status == 400)
    }
  }

  @Test func largeOnesAreTakenWithACredentialAndToTheLimit() async throws {
    try await TestServer.with({ $0.documents.bytes = 600_000 }) { server in
      let key = try await server.key([.writeDocuments])
      let words = String(repeating: "Many words. ", count: 40_000)
      let path = "/v1/sites/default/documents?name=a.md"
      #expect(try await server.http().bring("PUT", path, words, token: key).status == 201)
      #expect(try await server.http().bring("PUT", path, words + words, token: key).status == 413)
      #expect(try await server.http().bring("PUT", path, words, token: nil).status == 413)
      // Nobody has it kept with a token that is none, or is no key for that.
      let other = try await server.key([.readSites])
      for token in [Identity.token(), other] {
        #expect(try await server.http().bring("PUT", path, words, token: token).status == 413)
      }
      let small = try await server.http().bring("PUT", path, "words", token: nil)
      #expect(small.status == 401)
    }
  }

  @Test func sitesAreKeptApart() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      var change = SiteChange()
      (change.name, change.allowsMissingOrigin, change.agent) = ("Other", true, "knowledge")
      let other = try await server.sites { [change] in try await $0.create(change).key }
      #expect(try await server.eventually(site: other, origin: nil, is: nil))
      let own = try await server.token("own", .member, on: [("default", .admin)])
      let operates = try await server.token("operates", .member, on: [("default", .operates)])
      let foreign = try await server.token("foreign", .member, on: [(other, .owner)])
      let path = "/v1/sites/default/documents"
      #expect(
        try await http.bring("PUT", path + "?name=zoo.md", "# Zoo\n\nThe quokka eats leaves.", token: foreign).status
          == 404)
      #expect(
        try await http.bring("PUT", path + "?name=zoo.md", "# Zoo\n\nThe quokka eats leaves.", token: operates).status
          == 403)
      let made = try await http.bring("PUT", path + "?name=zoo.md", "# Zoo\n\nThe quokka eats leaves.", token: own)
      #expect(made.status == 201)
      let id = try #require(made.json["id"]?.string)
      #expect(try await http.ask("GET", "/v1/sites/\(other)/documents/\(id)", token: foreign).status == 404)
      #expect(try await http.ask("DELETE", "/v1/sites/\(other)/documents/\(id)", token: foreign).status == 404)
      #expect(try await http.get("/v1/documents/\(id)?site=\(other)").status == 404)
      #expect(try await http.ask("GET", "/v1/sites/\(other)/documents", token: foreign).json["documents"] == [])
      #expect(
        try await http.bring(
          "PUT", "/v1/sites/\(other)/documents?name=sea.md", "# Sea\n\nThe walrus eats clams.", token: foreign
        ).status == 201)

      // What the other site does not want it is not answered from.
      let visitor = Identity.random()
      let client = try await server.client(visitor, agent: "knowledge")
      let said = try await client.ask("What does the quokka eat?")
      #expect(said.text.contains("leaves"))
      let there = try await server.connect(site: other, origin: nil)
      try await there.hello(.random(), agent: "knowledge")
      let walrus = try await there.ask("What does the walrus eat?")
      #expect(walrus.text.contains("clams"))
      for question in ["What does the quokka eat?", "How does a client resume?", "What does the qoukka eat?"] {
        let answer = try await there.ask(question)
        #expect(!answer.text.contains("leaves") && !answer.text.contains("offset"), "\(answer.text)")
      }
    }
  }
}

extension HTTPTestClient {
  /// Brings a document.
  func bring(
    _ method: String, _ target: String, _ content: String, type: String = "text/markdown", token: String?
  ) async throws -> HTTPTestResponse {
    await send(
      "\(method) \(target) HTTP/1.1\r\nHost: test\r\n" + (token.map { "Authorization: Bearer \($0)\r\n" } ?? "")
        + "Content-Type: \(type)\r\nContent-Length: \(content.utf8.count)\r\n\r\n")
    await socket.send(Array(content.utf8))
    return try await next()
  }
}
