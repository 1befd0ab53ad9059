import ProxyWire
import Testing

@Suite struct ForwardedFieldsTests {
  struct Case: Sendable {
    var peer = "10.0.0.1"
    var forwardedFor: String?
    var forwarded: String?
    let client: String
  }

  static let cases: [Case] = [
    Case(client: "10.0.0.1"),
    // X-Forwarded-For
    Case(forwardedFor: "192.0.2.1", client: "192.0.2.1"),
    Case(forwardedFor: " 2001:db8::1\t", client: "2001:db8::1"),
    Case(forwardedFor: "[2001:db8::1]:80", client: "2001:db8::1"),
    Case(forwardedFor: "192.0.2.1:4711", client: "192.0.2.1"),
    // What an untrusted peer says of itself counts for nothing.
    Case(peer: "203.0.113.5", forwardedFor: "192.0.2.1", client: "203.0.113.5"),
    Case(peer: "203.0.113.5", forwarded: "for=192.0.2.1", client: "203.0.113.5"),
    // Nor what the client put before what the proxies wrote.
    Case(forwardedFor: "1.1.1.1, 192.0.2.1", client: "192.0.2.1"),
    Case(forwardedFor: "1.1.1.1, 192.0.2.1, 10.0.0.7, 10.0.0.8", client: "192.0.2.1"),
    Case(forwardedFor: "nonsense, 192.0.2.1", client: "192.0.2.1"),
    // As far as can be read.
    Case(forwardedFor: "192.0.2.1, nonsense", client: "10.0.0.1"),
    Case(forwardedFor: "192.0.2.1, unknown, 10.0.0.7", client: "10.0.0.7"),
    Case(forwardedFor: "192.0.2.1,", client: "10.0.0.1"),
    Case(forwardedFor: "", client: "10.0.0.1"),
    Case(forwardedFor: "10.0.0.9, 10.0.0.8", client: "10.0.0.9"),
    Case(forwardedFor: "192.0.2.1:99999", client: "10.0.0.1"),
    Case(forwardedFor: "[192.0.2.1]", client: "10.0.0.1"),
    // Forwarded
    Case(forwarded: "for=192.0.2.1", client: "192.0.2.1"),
    Case(forwarded: "For=\"[2001:db8::1]:4711\"", client: "2001:db8::1"),
    Case(forwarded: "proto=http;by=203.0.113.43; for=192.0.2.43", client: "192.0.2.43"),
    Case(forwarded: "for=1.1.1.1, for=192.0.2.1;host=\"a,for=2.2.2.2\", for=10.0.0.7", client: "192.0.2.1"),
    Case(forwarded: "for=1.1.1.1, for=_hidden", client: "10.0.0.1"),
    Case(forwarded: "for=1.1.1.1, for=unknown", client: "10.0.0.1"),
    Case(forwarded: "for=1.1.1.1, proto=https", client: "10.0.0.1"),
    Case(forwarded: "for=1.1.1.1;for=2.2.2.2", client: "10.0.0.1"),
    Case(forwarded: "for=\"1.1.1.1", client: "10.0.0.1"),
    Case(forwarded: "192.0.2.1", client: "10.0.0.1"),
    // A separator counts whatever stands before or behind it: U+0600 and U+0301 join with it to one character.
    Case(forwardedFor: "1.1.1.1, \u{600}, 192.0.2.1", client: "192.0.2.1"),
    Case(forwardedFor: "1.1.1.1,\u{301}, 192.0.2.1", client: "192.0.2.1"),
    Case(forwarded: "for=1.1.1.1;by=\u{600}, for=192.0.2.1", client: "192.0.2.1"),
    Case(forwarded: "for=1.1.1.1;by=\"\u{600}\", for=192.0.2.1", client: "192.0.2.1"),
    Case(forwarded: "for=1.1.1.1;by=\"\u{301}\", for=192.0.2.1", client: "192.0.2.1"),
    // Both
    Case(forwardedFor: "192.0.2.1", forwarded: "for=192.0.2.1", client: "192.0.2.1"),
    Case(forwardedFor: "192.0.2.1", forwarded: "for=1.1.1.1", client: "10.0.0.1"),
  ]

  @Test("whose request it is", arguments: cases)
  func client(_ example: Case) throws {
    let trusted = try #require(AddressRange.list("10.0.0.0/8"))
    let found = ForwardedFields.client(
      peer: try #require(IPAddress(example.peer)), forwardedFor: example.forwardedFor, forwarded: example.forwarded,
      trusted: trusted)
    #expect(found.description == example.client)
  }
}
