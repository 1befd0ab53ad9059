import Testing

@testable import Accounts

/// Which origins a site's list holds.
@Suite struct AllowedOriginsTests {
  @Test(arguments: [
    ("https://example.com", "https://example.com"), ("https://example.com", "HTTPS://EXAMPLE.COM"),
    ("https://Example.com", "https://example.com"), ("https://example.com:443", "https://example.com"),
    ("https://example.com", "https://example.com:443"), ("http://example.com:80", "http://example.com"),
    ("http://localhost:3000", "http://localhost:3000"), ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("https://a_b.example.com", "https://a_b.example.com"),
    ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ("https://[2001:DB8:0:0::1]", "https://[2001:db8::1]"), ("capacitor://localhost", "capacitor://localhost"),
    ("https://*.example.com", "https://www.example.com"), ("https://*.example.com", "https://a.b.c.example.com"),
    ("https://*.Example.com", "https://www.example.com"), ("https://*.example.com:8443", "https://a.example.com:8443"),
    ("http://*.localhost:3000", "http://shop.localhost:3000"),
    ("https://*.example.com", "https://xn--bcher-kva.example.com"),
    ("*", "https://example.com"), ("*", "http://[::1]:9"),
  ])
  func holds(entry: String, origin: String) throws {
    #expect(try AllowedOrigins([entry]).contains(try WebOrigin(origin)))
  }

  @Test(arguments: [
    ("https://example.com", "http://example.com"), ("https://example.com", "https://example.com:8443"),
    ("https://example.com:8443", "https://example.com"), ("https://example.com", "https://www.example.com"),
    ("https://example.com", "https://example.com.evil.org"), ("https://example.com", "https://evil-example.com"),
    ("https://example.com", "https://example.co"), ("https://example.com", "https://xn--exmple-cua.com"),
    ("https://*.example.com", "https://example.com"), ("https://*.example.com", "https://evil-example.com"),
    ("https://*.example.com", "https://www.example.com.evil.org"),
    ("https://*.example.com", "https://www.evil-example.com"), ("https://*.example.com", "http://www.example.com"),
    ("https://*.example.com", "https://www.example.com:8443"), ("https://*.example.com", "https://com"),
    ("https://*.example.com:8443", "https://www.example.com"),
    ("http://127.0.0.1", "http://127.0.0.1:8080"), ("http://127.0.0.1", "http://localhost"),
    ("http://127.0.0.1", "http://[::ffff:127.0.0.1]"), ("https://[2001:db8::1]", "https://[2001:db8::2]"),
    ("capacitor://localhost", "http://localhost"), ("capacitor://localhost", "capacitor://localhost:1"),
  ])
  func holdsNot(entry: String, origin: String) throws {
    #expect(try !AllowedOrigins([entry]).contains(try WebOrigin(origin)))
    #expect(try !AllowedOrigins([]).contains(try WebOrigin(origin)))
  }

  @Test(arguments: [
    "", "null", "NULL", "example.com", "//example.com", "https:", "https://", "https:///", "https:example.com",
    "https://example.com/", "https://example.com/path", "https://example.com?q", "https://example.com#f",
    "https://user@example.com", "https://user:pw@example.com", "https://example.com:443@evil.org",
    "https://example.com\\@evil.org", "https://example.com%2eevil.org", "https://example.com evil",
    " https://example.com", "https://example.com ", "https://example.com\n", "https://example.com\u{0}",
    "https://example.com, https://evil.org", "https://example.com https://evil.org",
    "https://bücher.example", "https://еxample.com", "https://example。com", "https://example.com.",
    "https://.example.com", "https://a..example.com", "https://example.com:", "https://example.com:0",
    "https://example.com:65536", "https://example.com:0443", "https://example.com:+443", "https://example.com:4 3",
    "https://[::1", "https://[::1]x", "https://[]", "https://[1.2.3.4]", "https://[fe80::1%25eth0]", "https://::1",
    "https://1.2.3", "https://127.1", "https://0x7f.1", "https://2130706433", "https://1.2.3.4.5", "https://1.2.3.256",
    "1https://example.com", "ht tp://example.com", "://example.com", "file://", "https://*.example.com",
  ])
  func areNoOrigins(text: String) {
    #expect(throws: OriginError.self) { try WebOrigin(text) }
  }

  @Test(arguments: [
    ("https://*", "asterisk"), ("https://*.com", "wider"), ("https://*.1.2.3.4", "wider"), ("https://*.[::1]", "wider"),
    ("https://*.", "behind"),
    ("https://a*.example.com", "asterisk"), ("https://*a.example.com", "asterisk"),
    ("https://*.*.example.com", "more than one"), ("https://www.*.com", "asterisk"), ("*://example.com", "asterisk"),
    ("*.example.com", "asterisk"), ("https://example.com:*", "asterisk"), ("**", "asterisk"), ("null", "nobody"),
    ("https://bücher.example", "punycode"), ("example.com", "scheme"), ("https://example.com/", "port"),
    ("https://example.com/chat", "port"), ("https://exa mple.com", "scheme, host and port"),
  ])
  func entriesAreRefusedWithASentence(entry: String, reason: String) throws {
    let error = #expect(throws: OriginError.self) { try AllowedOrigins(["https://fine.example", entry]) }
    let message = try #require(error).message
    #expect(message.contains(reason) && message.contains(entry), "\(message)")
    let (origins, wrong) = AllowedOrigins.read(["https://fine.example", entry])
    #expect(origins.texts == ["https://fine.example"] && wrong.count == 1)
  }

  @Test func listsAreBounded() throws {
    let hundred = (0..<100).map { "https://\($0).example.com" }
    #expect(try AllowedOrigins(hundred).texts.count == 100)
    #expect(throws: OriginError.self) { try AllowedOrigins(hundred + ["https://one-more.example.com"]) }
    let long = (0..<20).map {
      "https://\($0).\(String(repeating: "a", count: 60)).\(String(repeating: "b", count: 60)).c.org"
    }
    #expect(throws: Never.self) { try AllowedOrigins(long) }
    #expect(throws: OriginError.self) { try AllowedOrigins(long + long.map { $0 + ":81" }) }
  }

  @Test func entriesAreKeptInTheirShortestForm() throws {
    let origins = try AllowedOrigins([
      "HTTPS://Example.com:443", "https://example.com", "http://*.LOCALHOST:80", "https://[2001:DB8::0:1]:9", "*",
    ])
    #expect(origins.texts == ["https://example.com", "http://*.localhost", "https://[2001:db8::1]:9", "*"])
  }

  @Test func framesFollowTheOrigins() throws {
    #expect(AllowedOrigins.none.framePolicy == "frame-ancestors 'self'")
    let origins = try AllowedOrigins(["https://example.com", "https://*.example.org:8443", "https://[::1]"])
    #expect(origins.framePolicy == "frame-ancestors 'self' https://example.com https://*.example.org:8443")
    #expect(try AllowedOrigins(["https://example.com", "*"]).framePolicy == nil)
  }
}
