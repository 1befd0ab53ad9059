import ProxyWire
import Testing

/// A header, and the source that it tells of.
struct HeaderCase: Sendable {
  let bytes: [UInt8]
  let source: String?

  init(_ bytes: [UInt8], _ source: String?) { (self.bytes, self.source) = (bytes, source) }
  init(_ text: String, _ source: String?) { self.init(Array(text.utf8), source) }
}

@Suite struct ProxyHeaderTests {
  static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

  static let taken: [HeaderCase] = [
    HeaderCase("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "192.0.2.1 56324"),
    HeaderCase("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255 65535"),
    HeaderCase("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", "2001:db8::1 1"),
    HeaderCase("PROXY TCP6 ::ffff:192.0.2.9 ::1 1 2\r\n", "192.0.2.9 1"),
    HeaderCase("PROXY UNKNOWN\r\n", nil), HeaderCase("PROXY UNKNOWN whatever 1 2 3 4 5\r\n", nil),
    HeaderCase(signature + [0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0xDC, 0x04, 1, 0xBB], "192.0.2.1 56324"),
    HeaderCase(
      signature + [0x21, 0x11, 0, 16, 192, 0, 2, 1, 192, 0, 2, 2, 0, 7, 1, 0xBB, 4, 0, 1, 9], "192.0.2.1 7"),
    HeaderCase(
      signature + [0x21, 0x21, 0, 36, 0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]
        + [UInt8](repeating: 0, count: 16) + [0, 80, 0, 81], "2001:db8::5 80"),
    HeaderCase(signature + [0x20, 0x00, 0, 0], nil), HeaderCase(signature + [0x20, 0x11, 0, 3, 1, 2, 3], nil),
    HeaderCase(signature + [0x21, 0x00, 0, 2, 1, 2], nil), HeaderCase(signature + [0x21, 0x12, 0, 2, 1, 2], nil),
  ]

  @Test("headers in one piece, cut anywhere, and with what follows", arguments: taken)
  func good(_ example: HeaderCase) throws {
    for count in 0..<example.bytes.count {
      #expect(try ProxyHeader.parse(Array(example.bytes[..<count])) == nil, "\(count)")
    }
    for rest in ["", "GET / HTTP/1.1\r\n"] {
      let header = try #require(try ProxyHeader.parse(example.bytes + Array(rest.utf8)))
      #expect(header.count == example.bytes.count)
      #expect(header.source.map { "\($0.address) \($0.port)" } == example.source)
    }
  }

  static let refused: [HeaderCase] =
    [
      "GET / HTTP/1.1\r\n", "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", "PROXY TCP4 ::1 ::2 1 2\r\n", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
      "PROXY TCP4 192.0.2.1 192.0.2 1 2\r\n", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY \r\n", "PROXY TCP4\r\n",
      "PROXY UNKNOWN " + String(repeating: "x", count: 100), "PROXY TCP4 192.0.2.1 192.0.2.2 1 \u{E9}\r\n",
      "\r\n\r\n\0\r\nQUIX", "\r\nPROXY",
    ].map { HeaderCase($0, nil) } + [
      HeaderCase(signature + [0x11, 0x11, 0, 12], nil), HeaderCase(signature + [0x22, 0x11, 0, 12], nil),
      HeaderCase(signature + [0x21, 0x41, 0, 0], nil), HeaderCase(signature + [0x21, 0x13, 0, 0], nil),
      HeaderCase(signature + [0x21, 0x11, 0, 11] + [UInt8](repeating: 0, count: 11), nil),
      HeaderCase(signature + [0x21, 0x21, 0, 35] + [UInt8](repeating: 0, count: 35), nil),
      HeaderCase(signature + [0x21, 0x11, 0xFF, 0xFF], nil),
    ]

  @Test("what is refused", arguments: refused)
  func bad(_ example: HeaderCase) {
    #expect(throws: ProxyError.self) { try ProxyHeader.parse(example.bytes) }
  }
}
