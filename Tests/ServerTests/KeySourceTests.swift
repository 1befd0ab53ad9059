@testable import Accounts
import Glibc
import JSONWire
import Server
import SkeinTestKit
import Store
import Synchronization
import Testing

/// A site's own server that signs by EdDSA.
private struct Signer {
  let id: String

  private var seed: [UInt8] { SHA256.digest(Array(id.utf8)) }

  /// The set that it publishes.
  var set: String {
    let shared = String(Base64URL.encode(Ed25519.pair(seed: seed).shared))
    let key: JSONValue = [
      "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": .string(id), "x": .string(shared),
    ]
    return "\(JSONValue.object(JSONObject([("keys", .array([key]))])))"
  }

  func token(_ subject: String) -> String {
    let header = JSONObject([("alg", "EdDSA"), ("typ", "JWT"), ("kid", .string(id))])
    let claims = JSONObject([("sub", .string(subject)), ("exp", .int(Int64(time(nil)) + 300))])
    return JWS.compact(header: header, payload: claims) { Ed25519.sign($0, secret: Ed25519.pair(seed: seed).secret) }
  }
}

/// What is published at this moment.
private final class Published: Sendable {
  let text: Mutex<String>

  init(_ text: String) { self.text = Mutex(text) }
}

/// Sets of keys that are fetched from where a site's own server publishes them.
@Suite struct KeySourceTests {
  @Test func keysAreFetchedAndFollowed() async throws {
    let (old, new) = (Signer(id: "old"), Signer(id: "new"))
    let published = Published(old.set)
    let service = try await ScriptedService { _ in ServiceScript.whole(published.text.withLock { $0 }) }
    try await TestServer.with {
      $0.takesInnerKeys = true
    } _: { server in
      let site = try await server.sites { book in
        var site = SiteChange()
        (site.name, site.identity, site.keySource) = ("Shop", .required, service.url + "/keys")
        site.allowsMissingOrigin = true
        return try await book.create(site).key
      }
      let http = try await server.http()
      func status(_ signer: Signer) async throws -> Int {
        try await http.ask("GET", "/v1/sessions?site=\(site)", token: signer.token("ada")).status
      }
      #expect(try await server.notices { try await status(old) == 200 })
      #expect(try await status(new) == 401)
      // A minute has gone by, and its server has another key.
      published.text.withLock { $0 = new.set }
      _ = try await server.query("UPDATE site_key_sources SET fetched_at = now() - interval '2 minutes'")
      #expect(try await server.notices { try await status(new) == 200 })
      #expect(try await status(old) == 401)
    }
    await service.close()
  }

  @Test func whatIsNoSetChangesNothing() async throws {
    let answers = [
      ServiceScript.whole("{\"keys\":[]}"), ServiceScript.whole(500, ""), [.reset], ServiceScript.whole("<html>"),
      ServiceScript.whole(String(repeating: " ", count: 70_000)),
    ]
    let service = try await ScriptedService { answers[min($0.number, answers.count) - 1] }
    try await TestServer.with {
      $0.takesInnerKeys = true
    } _: { server in
      let key = try await server.sites { book in
        var site = SiteChange()
        (site.name, site.keySet) = ("Shop", Signer(id: "given").set)
        let made = try await book.create(site)
        site.keySource = service.url
        site.keySet = nil
        return try await book.update(made.key, site).key
      }
      for number in 1...answers.count {
        _ = try await server.query("UPDATE site_key_sources SET due_at = now()")
        await service.until { $0.requests.count >= number }
      }
      let site = try await server.sites { try await $0.site(key) }
      #expect(site.keySet?.contains("given") == true && site.keySource == service.url)
    }
    await service.close()
  }

  @Test func innerAddressesAreNotAsked() async throws {
    let service = try await ScriptedService { _ in ServiceScript.whole("{}") }
    try await TestServer.with { server in
      for url in [service.url, "https://127.0.0.1:\(service.port)/", "https://localhost:\(service.port)/"] {
        _ = try await server.sites { book in
          var site = SiteChange()
          (site.name, site.keySource) = ("Shop", url)
          return try await book.create(site).key
        }
      }
      #expect(try await server.eventually("SELECT bool_and(fetched_at IS NOT NULL) FROM site_key_sources"))
      #expect(await service.connections == 0)
    }
    await service.close()
  }
}
