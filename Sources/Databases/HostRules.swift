package import ProxyWire

/// Which addresses users' databases may be at. What is not public is refused unless it is listed: else whoever may store
/// a database could reach what only the server reaches, such as a cloud's metadata (169.254.169.254).
package struct HostRules: Sendable {
  private let allowed: [AddressRange]

  /// - Parameter allowed: ranges that are reached though they are not public.
  package init(allowed: [AddressRange] = []) { self.allowed = allowed }

  /// Whether an address may be connected to.
  package func allows(_ address: IPAddress) -> Bool {
    if allowed.contains(where: { $0.contains(address) }) { return true }
    if !address.isIPv4, !Self.publicIPv6.contains(address) { return false }
    return !Self.special.contains { $0.contains(address) }
  }

  /// Global unicast (RFC 4291 section 2.4); everything else of IPv6 is something special.
  private static let publicIPv6 = range("2000::/3")

  /// The special-purpose registries of IANA (RFC 6890), and what carries an IPv4 address inside.
  private static let special = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16",
    "3fff::/20",
  ].map(range)

  private static func range(_ text: String) -> AddressRange {
    guard let range = AddressRange(text) else { preconditionFailure("\(text) is no range") }
    return range
  }
}
