import Glibc

/// Where a page comes from, as browsers tell it: scheme, host and port (RFC 6454 section 6.2). Two are equal where a
/// browser takes them for the same.
package struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
  /// In lower case, such as `https`.
  package let scheme: String
  /// In lower case and ASCII; an IPv6 address is in brackets, in its shortest form.
  package let host: String
  /// 0 where the scheme has no port of its own and none is named.
  package let port: UInt16

  /// Reads an origin and nothing else: no path, no user, no white space, no list, not `null`. Names in other scripts are
  /// in punycode, as browsers send them.
  package init(_ text: String) throws(OriginError) {
    func refuse(_ reason: String) -> OriginError { OriginError(text, reason) }
    guard text != "null" else { throw refuse("is nobody's origin in particular") }
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { throw refuse("is not ASCII: write the name in punycode, xn--...") }
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
      throw refuse("has no scheme: write https://example.com")
    }
    let scheme = text[..<colon].lowercased()
    guard Self.isScheme(scheme) else { throw refuse("has no scheme: write https://example.com") }
    try self.init(scheme: scheme, authority: text[colon...].dropFirst(3), refuse)
  }

  /// The origin of the server itself, as a request names it.
  /// - Parameter authority: host and port of the request, as in the field `Host`.
  package init?(scheme: String, authority: String) {
    let refuse = { (reason: String) in OriginError(authority, reason) }
    guard let origin = try? WebOrigin(scheme: scheme, authority: authority[...], refuse) else { return nil }
    self = origin
  }

  private init(
    scheme: String, authority: Substring, _ refuse: (String) -> OriginError
  ) throws(OriginError) {
    let (name, port) = try Self.split(authority, refuse)
    self.scheme = scheme
    host = try Self.host(name, refuse)
    let own: UInt16 =
      switch scheme {
      case "https", "wss": 443
      case "http", "ws": 80
      default: 0
      }
    self.port = port ?? own
  }

  init(scheme: String, host: String, port: UInt16) {
    self.scheme = scheme
    self.host = host
    self.port = port
  }

  package var description: String {
    switch (scheme, port) {
    case (_, 0), ("https", 443), ("http", 80): "\(scheme)://\(host)"
    default: "\(scheme)://\(host):\(port)"
    }
  }

  /// Whether the host is a number and no name.
  var isAddress: Bool { host.hasPrefix("[") || Self.endsInNumber(host) }

  // MARK: Parts

  /// RFC 3986 section 3.1.
  private static func isScheme(_ text: String) -> Bool {
    guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
    return text.utf8.allSatisfy {
      isLetterOrDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
  }

  private static func split(
    _ authority: Substring, _ refuse: (String) -> OriginError
  ) throws(OriginError) -> (host: Substring, port: UInt16?) {
    let end: Substring.Index
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { throw refuse("has a bracket that is not closed") }
      end = authority.index(after: bracket)
    } else {
      end = authority.firstIndex(of: ":") ?? authority.endIndex
    }
    if end == authority.endIndex { return (authority, nil) }
    let digits = authority[end...].dropFirst()
    // As it is written: not 0, without leading zeros, without a path behind it.
    guard authority[end] == ":", let port = UInt16(digits), port > 0, String(port) == digits else {
      throw refuse("has more behind its host than a port from 1 to 65535")
    }
    return (authority[..<end], port)
  }

  private static func host(_ name: Substring, _ refuse: (String) -> OriginError) throws(OriginError) -> String {
    if name.hasPrefix("[") {
      guard let address = canonical(String(name.dropFirst().dropLast())) else { throw refuse("has no IPv6 address") }
      return "[\(address)]"
    }
    let host = name.lowercased()
    guard !host.isEmpty, host.utf8.count <= 253 else { throw refuse("has no host, or one that is too long") }
    for label in host.split(separator: ".", omittingEmptySubsequences: false) {
      guard (1...63).contains(label.utf8.count) else { throw refuse("has an empty part in its host, or a long one") }
      // The underscore is in no host name (RFC 952), but browsers take it.
      guard label.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }) else {
        throw refuse("has more in it than scheme, host and port")
      }
    }
    var address = in_addr()
    // 127.1 or 0x7f.1 is the same as 127.0.0.1 to a browser, which says only the last.
    guard !endsInNumber(host) || inet_pton(AF_INET, host, &address) == 1 else { throw refuse("has no IPv4 address") }
    return host
  }

  /// WHATWG URL section 3.5: what ends so is read as an IPv4 address.
  private static func endsInNumber(_ host: String) -> Bool {
    guard let last = host.split(separator: ".").last else { return false }
    if last.hasPrefix("0x") { return last.dropFirst(2).utf8.allSatisfy { isHexDigit($0) } }
    return last.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func canonical(_ address: String) -> String? {
    var bytes = in6_addr()
    var text = [CChar](repeating: 0, count: 46)
    guard address.utf8.count < 46, inet_pton(AF_INET6, address, &bytes) == 1,
      inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count)) != nil
    else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// Why a text is no origin.
package struct OriginError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence.
  package let message: String

  package var description: String { message }

  init(_ text: String, _ reason: String) { message = "\(text) \(reason)" }
}
