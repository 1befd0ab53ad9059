import Glibc

/// An IPv4 or IPv6 address. One that is mapped into IPv6 (`::ffff:192.0.2.1`) is its IPv4 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 bytes or 16, in the order of the network.
  package let bytes: [UInt8]

  /// - Parameter bytes: 4 or 16 of them, in the order of the network.
  package init(bytes: some Collection<UInt8>) {
    let mapping: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    self.bytes = Array(bytes.count == 16 && bytes.starts(with: mapping) ? Array(bytes.dropFirst(12)) : Array(bytes))
  }

  /// Four decimal numbers, or the text of RFC 4291 section 2.2, without brackets, zone, port or white space.
  package init?(_ text: String) {
    guard text.utf8.count < 46, !text.utf8.contains(0) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 {
      self.init(bytes: bytes.prefix(4))
    } else if inet_pton(AF_INET6, text, &bytes) == 1 {
      self.init(bytes: bytes)
    } else {
      return nil
    }
  }

  package var isIPv4: Bool { bytes.count == 4 }

  /// What is counted as one client: an IPv4 address, or the /64 of an IPv6 address, which is what one customer has at
  /// least. Never 0.
  package var network: UInt64 {
    let number = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    // No client has an address of ::/32, so that the two kinds don't meet.
    return max(number, 1)
  }

  package var description: String {
    var text = [CChar](repeating: 0, count: 46)
    guard inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// A range of addresses in the notation of RFC 4632 section 3.1, such as `10.0.0.0/8`; an address alone is a range of
/// one.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
  private let first: IPAddress
  private let bits: Int

  /// Strict: what lies behind the prefix must be zero, since anything else is mostly a slip.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = IPAddress(String(parts[0])) else { return nil }
    let width = first.bytes.count * 8
    var bits = width
    if parts.count == 2 {
      guard let given = Int(parts[1]), String(given) == parts[1], (0...width).contains(given) else { return nil }
      bits = given
    }
    for place in bits..<width where first.bytes[place / 8] & (0x80 >> (place % 8)) != 0 { return nil }
    self.first = first
    self.bits = bits
  }

  /// Several ranges, separated by commas, with white space between them or none; nil where one is none.
  package static func list(_ text: String) -> [AddressRange]? {
    var ranges: [AddressRange] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let range = AddressRange(String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())) else {
        return nil
      }
      ranges.append(range)
    }
    return ranges
  }

  /// Whether the address lies in the range. IPv4 and IPv6 ranges hold only their own.
  package func contains(_ address: IPAddress) -> Bool {
    guard address.bytes.count == first.bytes.count else { return false }
    let whole = bits / 8
    guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
    let rest = bits % 8
    return rest == 0 || (address.bytes[whole] ^ first.bytes[whole]) >> (8 - rest) == 0
  }

  package var description: String { "\(first)/\(bits)" }
}
