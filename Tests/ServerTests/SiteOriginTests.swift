import Accounts
import HTTPWire
import JSONWire
import SkeinTestKit
import Store
import Testing

/// Requests of pages, by where these come from.
@Suite struct SiteOriginTests {
  private let shop = "https://shop.example"

  private func withSite(
    _ origins: [String] = ["https://shop.example"], allowsMissing: Bool = false,
    _ body: (TestServer, String) async throws -> Void
  ) async throws {
    try await TestServer.with { server in
      var site = SiteChange()
      site.name = "Shop"
      site.origins = try AllowedOrigins(origins)
      site.allowsMissingOrigin = allowsMissing
      let key = try await server.sites { [site] in try await $0.create(site) }.key
      #expect(try await server.eventually(site: key, origin: origins[0].replacing("*.", with: "a."), is: nil))
      try await body(server, key)
    }
  }

  @Test func webSockets() async throws {
    try await withSite { (server, key) async throws in
      let own = "http://127.0.0.1:\(server.port)"
      #expect(try await server.refusal(site: key, origin: shop) == nil)
      #expect(try await server.refusal(site: key, origin: own) == nil)
      let others = [
        "https://evil.example", "http://shop.example", "https://a.shop.example", "null", "", "http://127.0.0.1",
        "https://shop.example/", "https://shop.example, https://shop.example",
      ]
      for other in others { #expect(try await server.refusal(site: key, origin: other) == foreign, "\(other)") }
      let twice = "Origin: \(shop)\r\n"
      #expect(try await server.refusal(site: key, origin: shop, fields: twice) == foreign)
      #expect(try await server.refusal(site: key, origin: nil) == foreign)
      #expect(try await server.refusal(site: key, origin: nil, fields: "Sec-Fetch-Site: same-origin\r\n") == nil)
      #expect(try await server.refusal(site: "nothing", origin: shop) == "not_found 4404")
    }
  }

  @Test func wildcardsAndProgramsWhereASiteAllowsThem() async throws {
    try await withSite(["https://*.shop.example"], allowsMissing: true) { (server, key) async throws in
      #expect(try await server.refusal(site: key, origin: "https://a.b.shop.example") == nil)
      #expect(try await server.refusal(site: key, origin: shop) == foreign)
      #expect(try await server.refusal(site: key, origin: "https://evil-shop.example") == foreign)
      #expect(try await server.refusal(site: key, origin: nil) == nil)
      #expect(try await server.refusal(site: key, origin: nil, fields: "Sec-Fetch-Site: cross-site\r\n") == foreign)
    }
  }

  /// What the first server makes is for its own page and for programs.
  @Test func theFirstSite() async throws {
    try await TestServer.with { server in
      #expect(try await server.refusal(site: nil, origin: "http://127.0.0.1:\(server.port)") == nil)
      #expect(try await server.refusal(site: nil, origin: nil) == nil)
      #expect(try await server.refusal(site: "default", origin: nil) == nil)
      #expect(try await server.refusal(site: nil, origin: shop) == foreign)
      var change = SiteChange()
      change.name = "Another"
      let key = try await server.sites { [change] in try await $0.create(change) }.key
      #expect(try await server.eventually(site: key, origin: nil, is: foreign))
      // It stays the one that is meant where none is named.
      #expect(try await server.refusal(site: nil, origin: nil) == nil)
    }
  }

  @Test func requests() async throws {
    try await withSite { server, key in
      let (http, identity) = (try await server.http(), Identity.random())
      let from = { (origin: String) in "Origin: \(origin)\r\n" }
      let sent = try await http.post(
        "messages", identity, message("hi"), query: "site=\(key)", fields: from(shop))
      #expect(sent.status == 202)
      #expect(sent["access-control-allow-origin"] == shop && sent["vary"] == "Origin")
      #expect(sent["access-control-allow-credentials"] == nil)
      // An answer that says no is to be read too.
      let bad = try await http.post("messages", identity, message(""), query: "site=\(key)", fields: from(shop))
      #expect(bad.status == 400 && bad["access-control-allow-origin"] == shop)
      let wrong = try await http.get(identity.path("stop", "site=\(key)"), fields: from(shop) + identity.bearer)
      #expect(wrong.status == 405 && wrong["access-control-allow-origin"] == shop)
      let nobody = try await http.get(identity.path("stream", "site=\(key)"), fields: from(shop))
      #expect(nobody.status == 401 && nobody["access-control-allow-origin"] == shop)
      for fields in ["", from("https://evil.example"), from("null")] {
        let refused = try await http.post(
          "messages", identity, message("hi"), query: "site=\(key)", fields: fields)
        #expect(refused.status == 403 && refused.json["code"] == "forbidden")
        #expect(refused["access-control-allow-origin"] == nil && refused["vary"] == "Origin")
      }
      #expect(try await server.stored(identity.session).count { $0.role == "user" } == 1)
    }
  }

  @Test func streams() async throws {
    try await withSite { server, key in
      let identity = Identity.random()
      for (origin, status) in [(shop, 200), ("https://evil.example", 403)] as [(String, UInt16)] {
        let stream = try await EventClient.open(
          to: server.port, identity.path("stream", "site=\(key)"), fields: "Origin: \(origin)\r\n" + identity.bearer)
        if status == 200 { #expect(try await stream.next()?.type == "welcome") } else { _ = try? await stream.next() }
        let head = try #require(await stream.head)
        #expect(head.status.code == status)
        #expect(head.fields["access-control-allow-origin"] == (status == 200 ? shop : nil))
        #expect(head.fields["vary"] == "Origin")
        await stream.socket.close()
      }
      // As an EventSource of the server's own page reads it.
      let own = try await EventClient.open(
        to: server.port, identity.path("stream", "site=\(key)"),
        fields: "Sec-Fetch-Site: same-origin\r\n" + identity.bearer)
      #expect(try await own.next()?.type == "welcome")
      await own.socket.close()
    }
  }

  @Test func browsersAskBefore() async throws {
    try await withSite { server, key in
      let http = try await server.http()
      let asks = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n"
      let target = Identity.random().path("messages", "site=\(key)")
      let yes = try await http.get(target, method: "OPTIONS", fields: "Origin: \(shop)\r\n" + asks)
      #expect(yes.status == 204 && yes.body.isEmpty)
      #expect(yes["access-control-allow-origin"] == shop && yes["vary"] == "Origin")
      #expect(yes["access-control-allow-methods"] == "POST, GET, HEAD")
      #expect(
        yes["access-control-allow-headers"]
          == "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id")
      #expect(yes["access-control-allow-credentials"] == nil)
      for origin in ["https://evil.example", "null", "https://a.shop.example"] {
        let no = try await http.get(target, method: "OPTIONS", fields: "Origin: \(origin)\r\n" + asks)
        #expect(no.status == 403 && no["access-control-allow-origin"] == nil)
        #expect(no["access-control-allow-methods"] == nil && no["vary"] == "Origin")
      }
    }
  }

  @Test func theServersPageIsFramedByTheSiteAlone() async throws {
    try await withSite { server, key in
      let http = try await server.http()
      for page in ["/", "/index.html"] {
        let framed = try await http.get("\(page)?site=\(key)")
        #expect(framed.status == 200 && framed["content-security-policy"] == "frame-ancestors 'self' \(shop)")
        #expect(try await http.get(page)["content-security-policy"] == "frame-ancestors 'self'")
        #expect(try await http.get("\(page)?site=no")["content-security-policy"] == "frame-ancestors 'self'")
      }
      var change = SiteChange()
      change.origins = try AllowedOrigins(["*"])
      _ = try await server.sites { [change] in try await $0.update(key, change) }
      #expect(try await server.eventually(site: key, origin: "https://evil.example", is: nil))
      #expect(try await http.get("/?site=\(key)")["content-security-policy"] == nil)
    }
  }
}
