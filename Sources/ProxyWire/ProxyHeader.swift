/// What is wrong with a header of the PROXY protocol.
package struct ProxyError: Error, Equatable, CustomStringConvertible {
  package let message: String
  package var description: String { message }
}

/// The header that a proxy puts before a connection's own bytes to tell where it comes from: the PROXY protocol,
/// versions 1 and 2, as HAProxy's document "The PROXY protocol" (2020/03/05) has them.
package struct ProxyHeader: Sendable, Equatable {
  /// The client's end; nil where the proxy speaks for itself, or tells of no TCP address.
  package let source: (address: IPAddress, port: UInt16)?
  /// How many bytes the header takes.
  package let count: Int

  /// The longest header of version 1, its line end included (section 2.1), in bytes.
  static let mostTextBytes = 107
  /// The longest header of version 2 that is taken, in bytes: addresses need 52, the rest is room for extensions.
  static let mostBinaryBytes = 4096

  package static func == (a: ProxyHeader, b: ProxyHeader) -> Bool {
    a.count == b.count && a.source?.address == b.source?.address && a.source?.port == b.source?.port
  }

  /// Reads the header at the beginning of a connection.
  /// - Parameter bytes: all that has come yet.
  /// - Returns: nil where more is needed.
  package static func parse(_ bytes: [UInt8]) throws(ProxyError) -> ProxyHeader? {
    for (place, byte) in signature.enumerated() {
      guard place < bytes.count else { return nil }
      if bytes[place] != byte { return try parseText(bytes) }
    }
    return try parseBinary(bytes)
  }

  // MARK: Version 1

  private static func parseText(_ bytes: [UInt8]) throws(ProxyError) -> ProxyHeader? {
    for (place, byte) in "PROXY ".utf8.enumerated() {
      guard place < bytes.count else { return nil }
      guard bytes[place] == byte else { throw ProxyError(message: "a PROXY header was expected") }
    }
    guard let end = bytes.prefix(mostTextBytes).firstIndex(of: 0x0A) else {
      guard bytes.count < mostTextBytes else { throw ProxyError(message: "the PROXY line is too long") }
      return nil
    }
    guard bytes[end - 1] == 0x0D, bytes[..<end].allSatisfy({ $0 < 0x7F }) else {
      throw ProxyError(message: "the PROXY line is malformed")
    }
    let words = String(decoding: bytes[..<(end - 1)], as: UTF8.self)
      .split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    // What follows UNKNOWN is to be ignored.
    if words[1] == "UNKNOWN" { return ProxyHeader(source: nil, count: end + 1) }
    guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6",
      let source = address(words[2], words[1]), address(words[3], words[1]) != nil,
      let port = port(words[4]), Self.port(words[5]) != nil
    else { throw ProxyError(message: "the PROXY line is malformed") }
    return ProxyHeader(source: (source, port), count: end + 1)
  }

  private static func address(_ text: String, _ family: String) -> IPAddress? {
    // By its text, since a mapped address is IPv6 on the line and IPv4 as a value.
    guard text.contains(":") == (family == "TCP6") else { return nil }
    return IPAddress(text)
  }

  private static func port(_ text: String) -> UInt16? {
    guard let port = UInt16(text), String(port) == text else { return nil }
    return port
  }

  // MARK: Version 2

  private static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]

  private static func parseBinary(_ bytes: [UInt8]) throws(ProxyError) -> ProxyHeader? {
    guard bytes.count >= 16 else { return nil }
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    let count = 16 + length
    guard bytes[12] >> 4 == 2, bytes[12] & 15 <= 1 else {
      throw ProxyError(message: "the PROXY header's version or command is unknown")
    }
    guard bytes[13] >> 4 <= 3, bytes[13] & 15 <= 2 else {
      throw ProxyError(message: "the PROXY header's family or transport is unknown")
    }
    guard count <= mostBinaryBytes else { throw ProxyError(message: "the PROXY header is too long") }
    guard bytes.count >= count else { return nil }
    // LOCAL: a check of the proxy's own.
    guard bytes[12] & 15 == 1 else { return ProxyHeader(source: nil, count: count) }
    let width: Int
    switch bytes[13] {
    case 0x11: width = 4
    case 0x21: width = 16
    default: return ProxyHeader(source: nil, count: count)
    }
    guard length >= 2 * width + 4 else { throw ProxyError(message: "the PROXY header lacks its addresses") }
    let port = 16 + 2 * width
    return ProxyHeader(
      source: (IPAddress(bytes: bytes[16..<16 + width]), UInt16(bytes[port]) << 8 | UInt16(bytes[port + 1])),
      count: count)
  }
}
